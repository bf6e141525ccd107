"""Figures of merit from labels and scores, each with what it means when a class is missing. Pure numpy.

Intervals come from resampling whole groups (an article with all its comments) where groups are given: comments under
one article resemble each other, and resampling single comments would promise more than was measured.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

RESAMPLES = 500


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def as_record(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def auc(
    labels: np.ndarray,
    scores: np.ndarray,
    groups: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> Interval:
    """Return the area under the ROC curve (ties count half); both classes must be present."""
    _both(labels)
    bins = np.unique(scores, return_inverse=True)[1]
    positive, negative = labels.astype(float), 1.0 - labels.astype(float)
    value = _area(bins, positive, negative)
    members = np.unique(np.asarray(groups), return_inverse=True)[1] if groups is not None else np.arange(len(labels))
    draw = np.random.default_rng(seed)
    count = int(members.max()) + 1
    found = []
    for _ in range(RESAMPLES):
        times = np.bincount(draw.integers(0, count, count), minlength=count)[members]
        if (times * positive).sum() and (times * negative).sum():
            found.append(_area(bins, times * positive, times * negative))
    low, high = np.percentile(found, [2.5, 97.5]) if found else (value, value)
    return Interval(value, min(float(low), value), max(float(high), value))


def at_threshold(labels: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float | None]:
    """Return precision, recall, share flagged and false-alarm rate where scores from `threshold` on count."""
    flagged, positive = scores >= threshold, labels.astype(bool)
    hits = int((flagged & positive).sum())
    return {
        "at": threshold,
        "precision": _share(hits, int(flagged.sum())),
        "recall": _share(hits, int(positive.sum())),
        "flagged": _share(int(flagged.sum()), len(labels)),
        "false_alarms": _share(int((flagged & ~positive).sum()), int((~positive).sum())),
    }


def caught_at(labels: np.ndarray, scores: np.ndarray, false_alarms: float) -> float:
    """Return the share of positives caught where at most the share `false_alarms` of negatives is flagged."""
    _both(labels)
    negatives = np.sort(scores[labels == 0])
    allowed = int(np.floor(false_alarms * len(negatives)))
    return float((scores[labels == 1] > negatives[len(negatives) - 1 - allowed]).mean())


def calibration(labels: np.ndarray, scores: np.ndarray, bins: int = 10) -> dict[str, Any]:
    """Return the expected calibration error and the reliability table over `bins` equal stretches of score."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    table, error = [], 0.0
    for number in range(bins):
        among = place == number
        if not among.any():
            continue
        said, was = float(scores[among].mean()), float(labels[among].mean())
        error += abs(said - was) * float(among.mean())
        table.append({"from": number / bins, "to": (number + 1) / bins, "n": int(among.sum()),
                      "mean_score": round(said, 4), "share_positive": round(was, 4)})  # fmt: skip
    return {"ece": round(error, 4), "table": table}


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the precision-recall curve as a step function."""
    precision, recall = precision_recall(labels, scores)
    return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * precision))


def precision_recall(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (precision, recall) at every distinct score from the highest down."""
    hits, alarms = _cumulated(labels, scores)
    return hits / (hits + alarms), hits / max(1.0, float(labels.sum()))


def roc(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (false-alarm rate, recall) from (0, 0) to (1, 1)."""
    hits, alarms = _cumulated(labels, scores)
    zero = np.zeros(1)
    return (
        np.concatenate([zero, alarms / max(1.0, float((1 - labels).sum()))]),
        np.concatenate([zero, hits / max(1.0, float(labels.sum()))]),
    )


def _area(bins: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    ups, downs = np.bincount(bins, positive), np.bincount(bins, negative)
    below = np.cumsum(downs) - downs
    return float((ups * (below + downs / 2)).sum() / (ups.sum() * downs.sum()))


def _cumulated(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bins = np.unique(-scores, return_inverse=True)[1]
    positive = labels.astype(float)
    return np.cumsum(np.bincount(bins, positive)), np.cumsum(np.bincount(bins, 1.0 - positive))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _both(labels: np.ndarray) -> None:
    if not 0 < int(labels.sum()) < len(labels):
        raise ValueError("needs rows of both labels")
