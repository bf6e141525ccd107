"""Makes scores mean what they say, and picks the thresholds from precision that is asked for in writing.

Platt's two numbers per attribute are folded into the head, so that the Detoxify checkpoint, the float32 graph and the
int8 graph all give calibrated scores as they are. Everything here reads the validation side only.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

REVIEW_PRECISION, REJECT_PRECISION = 0.5, 0.9
FEWEST_POSITIVES = 30
LOWEST_HOLD = 0.2  # below this four of five comments at the margin would be read in vain
BINS = 10


@dataclass(frozen=True)
class Thresholds:
    """Where one attribute sends a comment to review or rejects it, and whether that was measured or by rule."""

    hold_at: float
    reject_at: float
    measured: bool


def platt(logits: Floats, labels: Floats, weights: Floats) -> tuple[float, float]:
    """Return (a, b) of sigmoid(a·logit + b) by weighted likelihood, drawn towards (1, 0) where rows are few."""

    def loss(parameters: Floats) -> float:
        a, b = parameters
        z = a * logits + b
        likelihood = np.logaddexp(0, z) - labels * z
        return float((weights * likelihood).sum() + 0.5 * 4 * (a - 1) ** 2 + 0.5 * 0.2 * b**2)

    a, b = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.3, 3.0), (-6.0, 6.0)]).x
    return float(a), float(b)


def thresholds(scores: Floats, positive: NDArray[np.bool_], weights: Floats) -> Thresholds:
    """Return the lowest scores whose weighted precision is what is asked; with few positives, the scores themselves.

    A calibrated score is its own precision at the margin, so the rule without a measurement is on the careful side.
    """
    if positive.sum() < FEWEST_POSITIVES:
        return Thresholds(REVIEW_PRECISION, REJECT_PRECISION, measured=False)
    order = np.argsort(-scores, kind="stable")
    hits, flagged = np.cumsum((weights * positive)[order]), np.cumsum(weights[order])
    precision = hits / flagged
    found = []
    for wanted in (REVIEW_PRECISION, REJECT_PRECISION):
        enough = np.flatnonzero((precision >= wanted) & (np.arange(len(order)) >= 9))
        found.append(float(scores[order[enough[-1]]]) if len(enough) else 1.0)
    hold, reject = (math.floor(value * 100) / 100 for value in found)
    return Thresholds(max(hold, LOWEST_HOLD), max(reject, hold + 0.05), measured=True)


def calibration_error(scores: Floats, labels: Floats, weights: Floats | None = None) -> float:
    """Return the expected calibration error: bins of equal width, weighted by what falls into them."""
    weights = np.ones_like(scores) if weights is None else weights
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gap = 0.0
    for place in range(BINS):
        inside = bins == place
        if inside.any():
            share = weights[inside].sum()
            gap += abs((weights[inside] * (scores[inside] - labels[inside])).sum() / share) * share / weights.sum()
    return float(gap)
