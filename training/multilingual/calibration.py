"""Makes a score mean the same in every language, and says from where on a comment may be rejected there.

The sets' shares of toxic rows were chosen by the people who gathered them, between a tenth and three quarters. Rows are
therefore weighted to one natural share before anything is fitted. Reads the validation side only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.moderation.insight.intervals import Share
from training import calibration
from training.calibration import FEWEST_POSITIVES, Floats
from training.export import NATURAL_SHARE

REJECT_PRECISION = 0.95
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Fitted:
    """One attribute in one language: sigmoid(a·logit + b), its thresholds (None: never) and what they rest on."""

    a: float
    b: float
    hold_at: float
    reject_at: float | None
    rows: int
    positives: int


def fitted(logits: Floats, labels: Floats, *, weights: Floats | None = None) -> Fitted:
    """Fit logits to labels (0 to 1); with under 30 positives the numbers stay 1 and 0 and nothing is rejected."""
    positive = labels >= 0.5
    rows, positives = len(labels), int(positive.sum())
    if min(positives, rows - positives) < FEWEST_POSITIVES:
        return Fitted(1.0, 0.0, calibration.REVIEW_PRECISION, None, rows, positives)
    given = weights_for(positive) * (1.0 if weights is None else weights)
    a, b = calibration.platt(logits, labels, given)
    scores = 1 / (1 + np.exp(-(a * logits + b)))
    hold = calibration.thresholds(scores, positive, given).hold_at
    reject = safe_rejection(scores, positive)
    if reject is not None:
        reject = max(reject, hold)
    return Fitted(round(a, 4), round(b, 4), hold, reject, rows, positives)


def pooled(languages: dict[str, tuple[Floats, Floats]]) -> Fitted:
    """Fit all languages together, each with the same weight: for a language without rows, which is never rejected."""
    logits = np.concatenate([logits for logits, _ in languages.values()])
    labels = np.concatenate([labels for _, labels in languages.values()])
    weights = np.concatenate([np.full(len(labels), 1 / len(labels)) for _, labels in languages.values()])
    found = fitted(logits, labels, weights=weights / weights.mean())
    return Fitted(found.a, found.b, found.hold_at, None, found.rows, found.positives)


def weights_for(positive: Bools, *, share: float = NATURAL_SHARE) -> Floats:
    """Return a weight per row that gives positives the part `share` of the whole; negatives have weight 1."""
    count = int(positive.sum())
    factor = share / (1 - share) * (len(positive) - count) / max(1, count)
    return np.where(positive, factor, 1.0)


def safe_rejection(scores: Floats, positive: Bools, *, share: float = NATURAL_SHARE) -> float | None:
    """Return the lowest score from which precision at the natural share is surely 0.95, in steps of 0.01; else None.

    Surely: with the lower 95 % bound of the share of positives caught and the upper bound of the share of negatives
    caught, both Wilson's. Needs some thousand negatives without a single false alarm, which few languages have.
    """
    toxic, clean = np.sort(scores[positive]), np.sort(scores[~positive])
    if not len(toxic) or not len(clean):
        return None
    lowest = None
    for hundredth in range(99, 49, -1):
        limit = hundredth / 100
        caught = Share(len(toxic) - int(np.searchsorted(toxic, limit)), len(toxic)).interval
        falsely = Share(len(clean) - int(np.searchsorted(clean, limit)), len(clean)).interval
        assert caught is not None
        assert falsely is not None
        right, wrong = share * caught[0], (1 - share) * falsely[1]
        if right > 0 and right / (right + wrong) >= REJECT_PRECISION:
            lowest = limit
    return lowest
