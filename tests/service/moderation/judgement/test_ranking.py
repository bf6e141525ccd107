"""The queue shows a held comment by its worst reason, and covers a severe one whatever else it was held for."""

from typing import Any

import pytest

from service.moderation.judgement.ranking import SEVERE_FROM, names, queue_columns, worst_first


def scored(attribute: str, score: float) -> dict[str, Any]:
    code = "off_topic" if attribute == "off_topic" else "toxic"
    return {"code": code, "attribute": attribute, "score": score, "threshold": 0.5}


def shown(*reasons: dict[str, Any]) -> tuple[Any, Any, Any]:
    columns = queue_columns(reasons)
    return columns["reason"], columns["attribute"], columns["score"]


@pytest.mark.parametrize(
    ("reasons", "worst"),
    [
        ([scored("off_topic", 0.93), scored("threat", 0.86)], ("toxic", "threat", 0.86)),
        ([scored("insult", 0.99), scored("identity_attack", 0.9)], ("toxic", "identity_attack", 0.9)),
        ([scored("off_topic", 1.0), {"code": "blocked_term"}], ("blocked_term", "off_topic", 1.0)),
        ([{"code": "flood"}, scored("toxicity", 0.6)], ("toxic", "toxicity", 0.6)),
        ([scored("toxicity", 0.8), {"code": "author_new"}], ("toxic", "toxicity", 0.8)),
        ([], (None, None, None)),
    ],
)
def test_a_comment_wears_its_worst_reason(reasons: list[dict[str, Any]], worst: tuple[Any, Any, Any]) -> None:
    assert shown(*reasons) == worst
    assert shown(*reversed(reasons)) == worst


@pytest.mark.parametrize("other", [scored("off_topic", 1.0), scored("insult", 1.0), {"code": "disguised"}])
def test_a_threat_is_severe_beside_any_other_reason(other: dict[str, Any]) -> None:
    assert queue_columns([other, scored("threat", 0.8)])["severity"] >= SEVERE_FROM
    assert queue_columns([other])["severity"] < SEVERE_FROM


def test_reasons_are_named_by_what_they_scored_the_worst_first_and_notes_are_left_out() -> None:
    advert = scored("off_topic", 1.0) | {"code": "advert"}
    note = {"code": "author_trusted", "verdict": "approve"}
    reasons = [note, advert, scored("insult", 0.6), {"code": "suspect_term"}, scored("threat", 0.7)]
    assert names(reasons) == ["threat", "suspect_term", "insult", "advert"]
    assert worst_first(reasons)[-1] == note


def test_the_most_doubtful_reason_is_how_uncertain_a_comment_is() -> None:
    assert queue_columns([scored("toxicity", 0.5), scored("threat", 1.0)])["uncertainty"] == 1.0
