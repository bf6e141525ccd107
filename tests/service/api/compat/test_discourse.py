"""Rules of Discourse's former toxicity service: seven numbers in per cent, or an error."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.accounts import keys
from service.accounts.perspective import Terms
from service.vocabulary import Scope
from tests.service.api.compat.conftest import Perspective

RUDE, KIND = "You are a stupid idiot, shut up.", "Thank you for this thoughtful article about our bridge."
SEVEN = ["toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"]


def classify(service: Perspective, content: Any, *, key: str | None = None, model: str = "unbiased") -> TestResponse:
    headers = {"X-API-KEY": service.key if key is None else key, "Referer": "https://forum.example"}
    return service.client.post("/api/v1/classify", json={"model": model, "content": content}, headers=headers)


@pytest.mark.parametrize("model", ["unbiased", "multilingual", "original"])
def test_the_plugin_gets_the_seven_numbers_that_it_compares(perspective: Perspective, model: str) -> None:
    rude, kind = (classify(perspective, text, model=model).get_json() for text in (RUDE, KIND))
    assert list(rude)[:7] == SEVEN
    assert 80 < rude["toxicity"] <= 100
    assert 0 <= kind["toxicity"] < 20
    assert rude["without_model"] == ["sexual_explicit"]  # of the shipped model
    assert rude["sexual_explicit"] == 0.0


def test_the_versions_are_named_and_a_pinned_key_insists_on_them(perspective: Perspective) -> None:
    assert "compact=" in classify(perspective, KIND).headers["X-Classifier-Versions"]
    pinned = perspective.with_terms(Terms(pinned={"compact": "of last year"}))
    assert classify(pinned, KIND).status_code == 409


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "委員会はこの橋を再建することを決めました。良い決定です。",
        f"{KIND} \u202etoidi",
        "word " * 2_500,
        None,
        7,
    ],
)
def test_what_cannot_be_scored_is_an_error(perspective: Perspective, text: Any) -> None:
    answer = classify(perspective, text)
    assert answer.status_code == 422
    assert "toxicity" not in answer.get_json()


def test_a_key_is_needed_with_a_scope_that_scores(perspective: Perspective) -> None:
    assert classify(perspective, KIND, key="").status_code == 401
    assert classify(perspective, KIND, key="unknown").status_code == 401
    for scope in Scope:
        with perspective.database.write() as session:
            key = keys.create(session, perspective.site.id, scope, scopes=[scope])
        expected = 200 if scope in (Scope.READ, Scope.SCORE) else 403
        assert classify(perspective, KIND, key=key).status_code == expected, scope
