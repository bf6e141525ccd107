"""Rules of places in a list as text."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service import cursors


@given(place=some.lists(some.none() | some.text() | some.floats(allow_nan=False) | some.integers(), max_size=4))
def test_a_place_comes_back_and_needs_no_escaping_in_an_address(place: list[object]) -> None:
    written = cursors.encode(place)
    assert cursors.decode(written) == place
    assert set(written) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize("given", ["", "a", "====", "é", "\0", "e30", "W1", "%2F", "W" * 200_000, "\ud800"])
def test_anything_else_is_a_value_error(given: str) -> None:
    with pytest.raises(ValueError):
        cursors.decode(given)


def test_deep_nesting_is_a_value_error_too() -> None:
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    deep = cursors.encode(nested).replace("W1tb", "W1tb" * 100_000, 1)
    with pytest.raises(ValueError):
        cursors.decode(deep)
