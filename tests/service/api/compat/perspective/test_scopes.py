"""What a key of a Perspective client may do: read scores, and say as a moderator what they should have been."""

import pytest

from service.accounts import keys
from service.vocabulary import Scope
from tests.service.api.compat.conftest import Perspective


@pytest.mark.parametrize(("method", "needed"), [("analyze", Scope.READ), ("suggestscore", Scope.MODERATE)])
def test_a_key_without_the_scope_is_refused_by_its_name(perspective: Perspective, method: str, needed: Scope) -> None:
    with perspective.database.write() as session:
        key = keys.create(session, perspective.site.id, "form", scopes=set(Scope) - {needed})
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
