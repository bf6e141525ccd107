"""Percentiles by nearest rank, which are values that were really measured."""

from collections.abc import Mapping
from typing import TypeVar

Number = TypeVar("Number", bound=float)


def nearest_rank(counts: Mapping[Number, int], percent: int, /) -> Number | None:
    """Return the smallest value that at least `percent` of all values do not exceed; None where there is none.

    `counts` says how often each value was measured; of plain values it is `Counter(values)`.
    """
    left = -(-sum(counts.values()) * percent // 100)
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None
