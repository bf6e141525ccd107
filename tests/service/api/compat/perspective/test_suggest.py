"""Rules of `comments:suggestscore`: a moderator's word is kept as a label, in every form that clients send."""

from typing import Any

import pytest
from sqlalchemy import select

from service.models import SuggestedScore
from service.vocabulary import Attribute
from tests.service.api.compat.conftest import Perspective

TEXT = "You are a stupid idiot, shut up."
CORAL = {
    "comment": {"text": TEXT},
    "context": {"entries": [{"text": '{"url":"https://news.example/b","Coral_comment_id":"c-1"}'}]},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    "communityId": "Coral:https://news.example",
    "clientToken": "comment:c-1",
}


def labels(perspective: Perspective, subject: str) -> list[SuggestedScore]:
    with perspective.database.read() as session:
        named = select(SuggestedScore).where(SuggestedScore.subject == subject).order_by(SuggestedScore.attribute)
        return list(session.scalars(named))


def suggest(perspective: Perspective, suggested: dict[str, Any], token: str) -> None:
    answer = perspective.post("suggestscore", CORAL | {"attributeScores": suggested, "clientToken": token})
    assert answer.status_code == 200


def test_the_label_is_kept_beside_our_score(perspective: Perspective) -> None:
    answer = perspective.post("suggestscore", CORAL | {"languages": ["en"]})
    expected = {"clientToken": "comment:c-1", "detectedLanguages": ["en"], "requestedLanguages": ["en"]}
    assert (answer.status_code, answer.get_json()) == (200, expected)
    (label,) = labels(perspective, "comment:c-1")
    assert (label.site_id, label.attribute, label.value) == (perspective.site.id, Attribute.TOXICITY, 1.0)
    assert label.score is not None
    assert 0.8 < label.score <= 1
    assert (label.comment_text, label.classifier, bool(label.version)) == (TEXT, "compact", True)


def test_the_latest_word_counts(perspective: Perspective) -> None:
    for said in (1, 0):
        suggested = {"TOXICITY": {"summary_score": {"value": said}}}
        assert (
            perspective.post("suggestscore", CORAL | {"attributeScores": suggested, "clientToken": "c-2"}).status_code
            == 200
        )
    (label,) = labels(perspective, "c-2")
    assert label.value == 0.0


def test_spans_several_attributes_and_names_that_we_do_not_know(perspective: Perspective) -> None:
    spans = [{"begin": 0, "end": 3, "score": {"value": 0.2}}, {"begin": 4, "end": 9, "score": {"value": "0.9"}}]
    suggested = {"INSULT": {"spanScores": spans}, "OBSCENE": {"summaryScore": {"value": 0}}, "APPROVED": {}}
    assert (
        perspective.post("suggestscore", CORAL | {"attributeScores": suggested, "clientToken": "c-3"}).status_code
        == 200
    )
    assert {label.attribute: label.value for label in labels(perspective, "c-3")} == {
        Attribute.INSULT: 0.9,
        Attribute.OBSCENE: 0.0,
    }
    unknown = {"APPROVED": {"summaryScore": {"value": 1}}}
    answer = perspective.post("suggestscore", CORAL | {"attributeScores": unknown, "clientToken": "c-4"})
    assert (answer.status_code, answer.get_json()) == (200, {"clientToken": "c-4"})
    assert labels(perspective, "c-4") == []


def test_without_a_token_equal_texts_are_one_comment(perspective: Perspective) -> None:
    body = {name: value for name, value in CORAL.items() if name != "clientToken"} | {"comment": {"text": "Once.\x00"}}
    for _ in range(2):
        assert perspective.post("suggestscore", body).status_code == 200
    with perspective.database.read() as session:
        found = session.scalars(select(SuggestedScore).where(SuggestedScore.comment_text == "Once.")).all()
    assert len(found) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"comment": {"text": ""}},
        {"attributeScores": {}},
        {"attributeScores": {"TOXICITY": {}}},
        {"attributeScores": {"TOXICITY": {"summaryScore": {"value": 1.5}}}},
        {"attributeScores": {"TOXICITY": {"summaryScore": {"value": 1, "type": "RAW"}}}},
    ],
)
def test_a_suggestion_that_says_nothing_is_refused(perspective: Perspective, changed: dict[str, Any]) -> None:
    answer = perspective.post("suggestscore", CORAL | changed | {"clientToken": "refused"})
    assert (answer.status_code, answer.get_json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert labels(perspective, "refused") == []
