"""Cohen's kappa: how far two who judge the same comments agree beyond what chance would give."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """How many were judged twice, the share judged alike, and kappa with its 95 % interval.

    Kappa is None where it is not defined: nothing judged, or both always gave the same one verdict.
    """

    judged: int
    alike: int
    kappa: float | None
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        return self.alike / self.judged if self.judged else None


def agreement(pairs: Iterable[tuple[str, str]], /) -> Agreement:
    """Return the agreement over pairs of verdicts; standard error after Cohen (1960), enough for a page of figures."""
    counts = Counter(pairs)
    judged = sum(counts.values())
    alike = sum(count for (one, other), count in counts.items() if one == other)
    if not judged:
        return Agreement(0, 0, None, None, None)
    ones, others = Counter[str](), Counter[str]()
    for (one, other), count in counts.items():
        ones[one] += count
        others[other] += count
    by_chance = sum(ones[verdict] * others[verdict] for verdict in ones) / judged**2
    if by_chance >= 1:
        return Agreement(judged, alike, None, None, None)
    observed = alike / judged
    kappa = (observed - by_chance) / (1 - by_chance)
    error = math.sqrt(observed * (1 - observed) / judged) / (1 - by_chance)
    return Agreement(judged, alike, kappa, max(-1.0, kappa - 1.96 * error), min(1.0, kappa + 1.96 * error))
