"""Rules of percentiles."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.percentiles import nearest_rank

VALUES = some.lists(some.integers(0, 50), min_size=1, max_size=60)


@given(values=VALUES, percent=some.integers(1, 100))
def test_it_is_the_smallest_value_that_enough_values_do_not_exceed(values: list[int], percent: int) -> None:
    found = nearest_rank(Counter(values), percent)

    def is_enough(bound: float) -> bool:
        return sum(value <= bound for value in values) * 100 >= percent * len(values)

    assert found == min(value for value in values if is_enough(value))


@pytest.mark.parametrize(("percent", "expected"), [(50, 10), (95, 19), (100, 20)])
def test_of_twenty_values(percent: int, expected: int) -> None:
    assert nearest_rank(Counter(range(1, 21)), percent) == expected


def test_of_no_values_there_is_none() -> None:
    assert nearest_rank({}, 50) is None
