"""Which comments are scored together on a GPU: equal-ish lengths, bounded by padded tokens. Pure.

On a CPU nothing is gained by padding (a padded token costs as much as a real one, a call only as much as 2-8 tokens),
so there the batch is of claims only and every comment is its own model call.
"""

from collections.abc import Sequence


def by_tokens(lengths: Sequence[int], /, *, budget: int) -> list[list[int]]:
    """Return groups of positions whose longest length times size stays within `budget`, shortest first.

    Every position appears once; one longer than the budget is alone.
    """
    groups: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda index: (lengths[index], index)):
        if groups and lengths[position] * (len(groups[-1]) + 1) <= budget:
            groups[-1].append(position)
        else:
            groups.append([position])
    return groups
