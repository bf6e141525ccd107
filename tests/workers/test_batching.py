"""Groups for a GPU hold what fits a budget of padded tokens."""

from hypothesis import given
from hypothesis import strategies as st

from workers.batching import by_tokens


@given(st.lists(st.integers(1, 512), max_size=60), st.integers(1, 2048))
def test_every_comment_is_in_one_group_within_the_budget_unless_alone(lengths: list[int], budget: int) -> None:
    groups = by_tokens(lengths, budget=budget)
    assert sorted(position for group in groups for position in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or max(lengths[position] for position in group) * len(group) <= budget


def test_equal_lengths_share_a_group_and_a_long_one_does_not_pad_them() -> None:
    assert by_tokens([10, 300, 10, 12], budget=64) == [[0, 2, 3], [1]]
