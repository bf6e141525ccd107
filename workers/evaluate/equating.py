"""Puts our scores on another service's scale, so that its old thresholds flag the same share of comments.

Equipercentile equating, as it is used for school tests (Kolen and Brennan, 2014): a score maps to the other service's
score at the same rank. A regression would pull every score to the middle, and old thresholds would flag less and less.
"""

from dataclasses import dataclass

import numpy as np

from service.accounts.perspective import Curve
from service.moderation.insight.intervals import Share

# Closer at the upper end, where thresholds are.
RANKS = (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.96, 0.98, 0.99, 1)
FEWEST = 50  # comments: with fewer the upper ranks are single comments


@dataclass(frozen=True)
class Agreement:
    """At one old threshold: the share of comments on which both services decide alike, without and with the curve."""

    threshold: float
    plain: Share
    mapped: Share
    flagged_by_them: float
    flagged_by_us: float


def equate(ours: np.ndarray, theirs: np.ndarray, /) -> Curve:
    """Return the curve from our scores to theirs; both arrays belong to the same comments."""
    xs, ys = np.quantile(ours, RANKS), np.quantile(theirs, RANKS)
    knots: list[tuple[float, float]] = []
    for x, y in zip(xs.round(6).tolist(), ys.round(6).tolist(), strict=True):
        if knots and x <= knots[-1][0]:
            knots[-1] = (knots[-1][0], y)
        else:
            knots.append((x, y))
    return Curve(knots=tuple(knots))


def agreements(ours: np.ndarray, theirs: np.ndarray, thresholds: tuple[float, ...], /) -> list[Agreement]:
    """Return the agreement at each threshold, each comment mapped by a curve that was made without it."""
    mapped = np.empty_like(ours)
    fold = np.random.default_rng(0).permutation(len(ours)) % 2
    for part in (0, 1):
        curve = equate(ours[fold != part], theirs[fold != part])
        mapped[fold == part] = [curve.at(float(score)) for score in ours[fold == part]]
    return [
        Agreement(
            threshold=at,
            plain=_alike(ours, theirs, at),
            mapped=_alike(mapped, theirs, at),
            flagged_by_them=float((theirs >= at).mean()),
            flagged_by_us=float((mapped >= at).mean()),
        )
        for at in thresholds
    ]


def _alike(ours: np.ndarray, theirs: np.ndarray, at: float) -> Share:
    return Share(int(((ours >= at) == (theirs >= at)).sum()), len(ours))
