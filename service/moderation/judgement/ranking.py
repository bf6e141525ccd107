"""The place of a held comment in the review queue: its worst reason, its severity, its uncertainty. Pure.

Written on the comment with the verdict, so that the queue is ordered and filtered by indexes. Severity orders the
queue; it is no score and is never shown as one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.vocabulary import Attribute, Reason, Verdict

# How much a full score of an attribute weighs: a threat comes before a swear word of the same probability.
WEIGHTS: Mapping[str, float] = {
    Attribute.SEVERE_TOXICITY: 1.0,
    Attribute.THREAT: 1.0,
    Attribute.IDENTITY_ATTACK: 0.95,
    Attribute.SEXUAL_EXPLICIT: 0.85,
    Attribute.TOXICITY: 0.8,
    Attribute.INSULT: 0.75,
    Attribute.OBSCENE: 0.7,
    Attribute.OFF_TOPIC: 0.4,
}
# Reasons without a score: (severity, uncertainty). What no classifier could judge is wholly uncertain.
UNSCORED: Mapping[str, tuple[float, float]] = {
    Reason.UNCLASSIFIED: (0.5, 1.0),
    Reason.CLASSIFIER_FAILED: (0.5, 1.0),
    Reason.UNREAD: (0.5, 1.0),
    Reason.EDIT_UNREAD: (0.5, 1.0),
    Reason.KEPT_DOWN: (0.6, 0.5),
    Reason.TOO_COSTLY: (0.5, 1.0),
    Reason.LANGUAGE_UNSUPPORTED: (0.45, 1.0),
    Reason.DISGUISED: (0.6, 0.6),
    Reason.BLOCKED_TERM: (0.7, 0.2),
    Reason.SUSPECT_TERM: (0.5, 0.5),
    Reason.BLOCKED_LINK: (0.5, 0.2),
    Reason.TOO_MANY_LINKS: (0.35, 0.4),
    Reason.PERSONAL_DATA: (0.65, 0.3),
    Reason.DUPLICATE: (0.25, 0.2),
    Reason.FLOOD: (0.3, 0.3),
    Reason.AUTHOR_BLOCKED: (0.6, 0.1),
    Reason.AUTHOR_STRIKES: (0.4, 0.5),
    Reason.AUTHOR_NEW: (0.1, 0.4),
    Reason.REPORTED: (0.55, 0.7),
    Reason.PRE_MODERATED: (0.1, 0.4),
    Reason.COMMENTS_CLOSED: (0.15, 0.3),
    Reason.REPLAYED: (0.1, 0.6),
}


# From here on people should not stumble over a text: a threat of 0.76, toxicity of 0.95, and no insult or obscenity.
SEVERE_FROM = 0.76


def queue_columns(reasons: Sequence[Mapping[str, Any]], /) -> dict[str, Any]:
    """Return the comment's queue columns for a decision's `reasons` (reasons as records).

    `reason` is the worst reason, `attribute` and `score` those of the worst reason with a score: a threat of 0.86 comes
    before off-topic of 0.93.
    """
    placed = [(*_severity_and_uncertainty(reason), reason) for reason in reasons]
    worst = max(placed, key=lambda one: one[0], default=(0.0, 0.0, {}))
    scored = max((one for one in placed if one[2].get("score") is not None), key=lambda one: one[0], default=worst)
    return {
        "reason": worst[2].get("code"),
        "severity": round(worst[0], 4),
        "uncertainty": round(max((uncertainty for _, uncertainty, _ in placed), default=0.0), 4),
        "attribute": scored[2].get("attribute"),
        "score": scored[2].get("score"),
        "reported": 0.0,  # until readers report the comment, see `decisions.record_reports`
    }


def worst_first(reasons: Iterable[Mapping[str, Any]], /) -> list[Mapping[str, Any]]:
    """Return the reasons by severity; a note on an approval comes after all that hold or reject."""
    return sorted(reasons, key=lambda one: (one.get("verdict") == Verdict.APPROVE, -_severity_and_uncertainty(one)[0]))


def names(reasons: Iterable[Mapping[str, Any]], /) -> list[str]:
    """Return what the reasons of a held comment are called, worst first: what each scored, or else its code."""
    holding = [one for one in worst_first(reasons) if one.get("verdict") != Verdict.APPROVE]
    return list(dict.fromkeys(name_of(one) for one in holding))


def name_of(reason: Mapping[str, Any], /) -> str:
    """Return the name of a reason: the attribute that scored, or its code; an advert goes by its code."""
    scored = reason["code"] in (Reason.TOXIC, Reason.OFF_TOPIC)
    return str(reason.get("attribute") or reason["code"]) if scored else str(reason["code"])


def severity(attribute: str, score: float, /) -> float:
    """Return how severe a score of an attribute is, from 0 to 1."""
    return WEIGHTS.get(attribute, 0.5) * score


def _severity_and_uncertainty(reason: Mapping[str, Any]) -> tuple[float, float]:
    score, attribute = reason.get("score"), reason.get("attribute")
    if score is None or attribute is None:
        return UNSCORED.get(reason["code"], (0.0, 0.0))
    return severity(attribute, score), 1 - abs(2 * score - 1)
