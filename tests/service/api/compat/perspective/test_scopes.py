"""What a key of a Perspective client may do: read scores, and say as a moderator what they should have been."""

import pytest

from service.accounts import keys
from service.accounts.perspective import Terms
from service.vocabulary import Scope
from tests.service.api.compat.conftest import Perspective


@pytest.mark.parametrize(
    ("method", "needed", "also"),
    [("analyze", Scope.SCORE, Scope.READ), ("suggestscore", Scope.MODERATE, Scope.MODERATE)],
)
def test_a_key_without_the_scope_is_refused_by_its_name(
    perspective: Perspective, method: str, needed: Scope, also: Scope
) -> None:
    with perspective.database.write() as session:
        key = keys.create(session, perspective.site.id, "form", scopes=set(Scope) - {needed, also})
    body = {
        "comment": {"text": "A fine evening."},
        "requestedAttributes": {"TOXICITY": {}},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    }
    refused = perspective.client.post(f"/v1alpha1/comments:{method}?key={key}", json=body)
    assert refused.status_code == 403
    assert refused.json is not None
    assert (refused.json["error"]["status"], needed.value in refused.json["error"]["message"]) == (
        "PERMISSION_DENIED",
        True,
    )


def test_a_key_in_a_page_scores_and_reads_no_comment(perspective: Perspective) -> None:
    with perspective.database.write() as session:
        key = keys.create(session, perspective.site.id, "page", scopes=[Scope.SCORE])
    body = {"comment": {"text": "A fine evening."}, "requestedAttributes": {"TOXICITY": {}}}
    assert perspective.client.post(f"/v1alpha1/comments:analyze?key={key}", json=body).status_code == 200
    listed = perspective.client.get("/v1/comments", headers={"Authorization": f"Bearer {key}"})
    assert listed.status_code == 403


def test_the_key_of_a_form_gets_no_scores_to_tune_a_text_by(perspective: Perspective) -> None:
    with perspective.database.write() as session:
        terms = Terms(origins=("https://gazette.example",))
        key = keys.create(session, perspective.site.id, "form", scopes=[Scope.SUBMIT], perspective=terms)
    body = {"comment": {"text": "A fine evening."}, "requestedAttributes": {"TOXICITY": {}}}
    refused = perspective.client.post(f"/v1alpha1/comments:analyze?key={key}", json=body)
    assert (refused.status_code, "scope score" in refused.text) == (403, True)
    headers = {"Authorization": f"Bearer {key}"}
    assert (
        perspective.client.post("/v1/moderations", json={"input": "A fine evening."}, headers=headers).status_code
        == 403
    )


def test_a_text_that_is_partly_in_another_language_has_no_score(perspective: Perspective) -> None:
    answer = perspective.analyze("I walked along the river yesterday. შენ სულელი ხარ და არაფერი იცი ამის შესახებ ძმაო.")
    assert answer.status_code == 400
