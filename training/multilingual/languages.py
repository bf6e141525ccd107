"""Says in which languages the model may judge, and from which score on it may hold.

A language is judged where the AUC of its toxicity is surely good on rows kept aside. Its lowest score that holds comes
from the validation side (export.py): at one natural share of toxic comments, 9.6 %, half of what it flags is toxic, so
that it flags at most 11 in 100 clean rows. Toxicity alone is scored: the other attributes have not been measured.
"""

from typing import Any

from service.moderation.policy.rules import DEFAULT_THRESHOLDS
from service.vocabulary import Attribute
from training.calibration import FEWEST_POSITIVES

LEAST_AUC = 0.85  # of the lower 95 % bound
SCORED = Attribute.TOXICITY

Entries = dict[str, dict[str, Any]]


def judged(report: dict[str, Any]) -> list[str]:
    """Return the languages whose comments get scores; `report` is measure.py's of the test side."""
    return sorted(
        code
        for code, found in report["languages"].items()
        if found["low"] >= LEAST_AUC and min(found["positives"], found["rows"] - found["positives"]) >= FEWEST_POSITIVES
    )


def entries(fitted: dict[str, Entries], languages: list[str]) -> dict[str, Entries]:
    """Return the manifest's entries of the languages that are judged, by attribute; `fitted` is export.py's.

    An entry says `rejects` only where its rejections are proven from the default policy's threshold on.
    """
    default = DEFAULT_THRESHOLDS[SCORED].reject_at
    found: dict[str, Entries] = {}
    for code in languages:
        own = fitted[code][SCORED.value]
        rejects = default is not None and own["reject_at"] is not None and own["reject_at"] <= default
        kept = {name: own[name] for name in ("a", "b", "rows", "positives")}
        found[code] = {SCORED.value: {**kept, "hold_at": own["hold_at"], **({"rejects": True} if rejects else {})}}
    return found
