"""The figures of one measurement as one plain record: what `--json` prints and what the report draws."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workers.evaluate.metrics import at_threshold, auc, average_precision, calibration, caught_at
from workers.evaluate.slices import by_slice, length_band


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Labels (1 positive) and scores of the comments that were scored, with what else is known of each."""

    labels: np.ndarray
    scores: np.ndarray
    texts: list[str]
    memberships: dict[str, list[list[str]]] = field(default_factory=dict)
    groups: list[str] | None = None
    rivals: dict[str, np.ndarray] = field(default_factory=dict)  # other scores of the same comments, to compare with


def figures(measured: Measured, thresholds: dict[str, float]) -> dict[str, Any]:
    """Return every figure; the first of `thresholds` is the one the slices are measured at."""
    labels, scores = measured.labels, measured.scores
    first = next(iter(thresholds.values()))
    bands = {"length": [[length_band(text)] for text in measured.texts]}
    slices = by_slice(bands | measured.memberships, labels, scores, first)
    return {
        "n": len(labels),
        "positives": int(labels.sum()),
        "auc": auc(labels, scores, measured.groups).as_record(),
        "average_precision": round(average_precision(labels, scores), 4),
        "caught_at_2_percent_false_alarms": round(caught_at(labels, scores, 0.02), 4),
        "thresholds": {name: at_threshold(labels, scores, at) for name, at in thresholds.items()},
        "calibration": calibration(labels, scores),
        "false_alarms_by_length": [
            {"slice": row["slice"], "n": row["n"], "false_alarms": row["false_alarms"]}
            for row in slices.get("length", [])
        ],
        "slices": slices,
        "compared_with": {
            name: {
                "auc": auc(labels, rival, measured.groups).as_record(),
                "caught_at_2_percent_false_alarms": round(caught_at(labels, rival, 0.02), 4),
            }
            for name, rival in measured.rivals.items()
        },
    }
