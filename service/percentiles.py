"""Percentiles by nearest rank, which are values that were really measured."""

from collections.abc import Mapping


def nearest_rank(counts: Mapping[float, int], percent: int, /) -> float | None:
    """Return the smallest value that at least `percent` of all values do not exceed; None where there is none.

    `counts` says how often each value was measured; of plain values it is `Counter(values)`.
    """
    left = -(-sum(counts.values()) * percent // 100)
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None
