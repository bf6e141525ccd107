"""Rules of OpenAI's contract: the shape that its clients check, the site's thresholds, and no "not flagged" unread."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.accounts import keys
from service.accounts.perspective import Terms
from service.api.compat.openai import CATEGORIES
from service.context import EXTENSION
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules, Threshold
from service.vocabulary import Attribute, Scope
from tests.service.api.compat.conftest import Perspective
from tests.support.quicker import application

RUDE, KIND = "You are a stupid idiot, shut up.", "Thank you for this thoughtful article about our bridge."


def moderate(service: Perspective, given: Any, *, key: str | None = None, **fields: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {service.key if key is None else key}"}
    return service.client.post("/v1/moderations", json={"input": given} | fields, headers=headers)


def result(service: Perspective, given: Any) -> dict[str, Any]:
    answer = moderate(service, given)
    assert answer.status_code == 200, answer.text
    (found,) = answer.get_json()["results"]
    return dict(found)


def error(answer: TestResponse) -> dict[str, Any]:
    body = answer.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    return dict(body["error"])


def test_an_answer_has_all_that_clients_require(perspective: Perspective) -> None:
    body = moderate(perspective, RUDE).get_json()
    (found,) = body["results"]
    assert body["id"].startswith("modr-")
    assert body["model"] == "omni-moderation-latest"
    assert found["flagged"] is True
    assert len(CATEGORIES) == 13
    for field in ("categories", "category_scores", "category_applied_input_types"):
        assert tuple(found[field]) == CATEGORIES
    assert found["categories"]["harassment"] is True
    assert 0.8 < found["category_scores"]["harassment"] <= 1
    assert found["category_applied_input_types"]["harassment"] == ["text"]
    assert body["classifier_versions"]["compact"]


def test_a_category_without_a_model_is_never_flagged_and_is_listed(perspective: Perspective) -> None:
    body = moderate(perspective, RUDE).get_json()
    without = body["categories_without_model"]
    assert set(CATEGORIES) - set(without) == {"harassment", "harassment/threatening", "hate"}  # of the shipped model
    for name in without:
        found = [body["results"][0][field][name] for field in ("categories", "category_scores")]
        assert found == [False, 0.0]
        assert body["results"][0]["category_applied_input_types"][name] == []


def test_a_list_of_strings_has_a_result_each_and_parts_have_one_together(perspective: Perspective) -> None:
    several = moderate(perspective, [KIND, RUDE, KIND], model="text-moderation-stable").get_json()
    assert [one["flagged"] for one in several["results"]] == [False, True, False]
    assert several["model"] == "text-moderation-stable"
    parts = [{"type": "text", "text": text} for text in (KIND, RUDE)]
    assert result(perspective, parts)["category_scores"] == several["results"][1]["category_scores"]


def put(service: Perspective, thresholds: dict[Attribute, Threshold]) -> None:
    """Put a policy in force that has these thresholds and no others."""
    with service.database.write() as session:
        rules = Rules(thresholds=dict.fromkeys(Attribute, Threshold()) | thresholds)
        policies.activate(session, service.site.id, rules, author="ada")


@pytest.fixture
def usual_rules(perspective: Perspective) -> Iterator[None]:
    """The built-in rules again after the test."""
    yield
    with perspective.database.write() as session:
        policies.activate(session, perspective.site.id, Rules(), author="ada")


def test_flagged_follows_the_thresholds_of_the_sites_policy(perspective: Perspective, usual_rules: None) -> None:
    for threshold, flagged in (
        (Threshold(hold_at=1.0), False),
        (Threshold(hold_at=0.5), True),
        (Threshold(reject_at=0.5), True),
        (Threshold(), False),
    ):
        put(perspective, dict.fromkeys(Attribute, threshold))
        assert result(perspective, RUDE)["flagged"] is flagged, threshold


def test_kind_words_around_a_rude_sentence_do_not_hide_it(perspective: Perspective, usual_rules: None) -> None:
    around = f"{KIND} I walked over it with my children on a sunny evening, and they loved every minute of it. "
    put(perspective, {Attribute.TOXICITY: Threshold(hold_at=0.89, reject_at=0.93)})
    found = result(perspective, f"{around}You stupid idiot, you pathetic worthless moron. {around}")
    assert found["flagged"] is True
    assert found["category_scores"]["harassment"] >= 0.93
    assert result(perspective, around * 2)["flagged"] is False


UNREAD = {
    "another_language": (
        "委員会はこの橋を再建することを決めました。良い決定です。",
        "language_not_supported",
    ),
    "partly": (f"{KIND} შენ სულელი ხარ და არაფერი იცი ამის შესახებ.", "language_not_supported"),
    "turned_letters": (f"{KIND} \u202etoidi", "not_read"),
    "too_long": ("word " * 2_500, "string_above_max_length"),
    "empty": (" \n", "empty_string"),
}


@pytest.mark.parametrize("case", UNREAD)
def test_what_was_not_read_is_an_error_and_never_not_flagged(perspective: Perspective, case: str) -> None:
    text, code = UNREAD[case]
    for given, param in ((text, "input"), ([KIND, text], "input[1]")):
        answer = moderate(perspective, given)
        assert answer.status_code == 400, answer.text
        found = error(answer)
        assert (found["type"], found["param"], found["code"]) == ("invalid_request_error", param, code)
        assert text.strip()[:20] not in answer.text or case == "empty"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "empty_array"),
        (["a"] * 33, "array_above_max_length"),
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}], "image_not_supported"),
        ([{"type": "text", "text": KIND}, {"type": "image_url", "image_url": {}}], "image_not_supported"),
        (None, None),
        (7, None),
        ([["a"]], None),
        ([{"type": "audio"}], None),
    ],
)
def test_an_input_of_another_kind_is_refused(perspective: Perspective, given: Any, code: str | None) -> None:
    answer = moderate(perspective, given)
    assert answer.status_code == 400
    found = error(answer)
    assert (found["type"], found["code"]) == ("invalid_request_error", code)
    assert found["param"].startswith("input")


@pytest.mark.parametrize("model", [7, None, ["a"], "m" * 201])
def test_a_bad_model_is_blamed_on_the_model(perspective: Perspective, model: Any) -> None:
    answer = moderate(perspective, KIND, model=model)
    assert (answer.status_code, error(answer)["param"]) == (400, "model")
    assert "'model'" in error(answer)["message"]
    assert error(moderate(perspective, None, model=model))["param"] == "input"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_refused_in_openais_shape(perspective: Perspective, method: str) -> None:
    answer = perspective.client.open("/v1/moderations", method=method)
    found = error(answer)
    assert (answer.status_code, answer.headers["Allow"], found["code"]) == (405, "POST", "method_not_supported")
    assert found["type"] == "invalid_request_error"


def test_a_body_that_is_no_json_is_refused(perspective: Perspective) -> None:
    headers = {"Authorization": f"Bearer {perspective.key}", "Content-Type": "application/json"}
    answer = perspective.client.post("/v1/moderations", data=b"{", headers=headers)
    assert (answer.status_code, error(answer)["type"]) == (400, "invalid_request_error")


def test_a_key_is_needed_with_a_scope_that_scores(perspective: Perspective) -> None:
    none = moderate(perspective, KIND, key="")
    assert (none.status_code, error(none)["code"]) == (401, None)
    unknown = moderate(perspective, KIND, key="sk-unknown")
    assert (unknown.status_code, error(unknown)["code"]) == (401, "invalid_api_key")
    statuses = {}
    for scope in Scope:
        with perspective.database.write() as session:
            key = keys.create(session, perspective.site.id, scope, scopes=[scope])
        answer = moderate(perspective, KIND, key=key)
        statuses[scope] = answer.status_code
        if answer.status_code == 403:
            assert error(answer)["code"] == "insufficient_permissions"
    assert statuses == {one: 200 if one in (Scope.READ, Scope.SCORE) else 403 for one in Scope}


def test_each_text_counts_as_a_request_of_the_key(perspective: Perspective) -> None:
    settings = perspective.client.application.extensions[EXTENSION].settings
    hasty = settings.model_copy(update={"rate_limit_per_minute": 3})
    client = application(hasty, perspective.database, perspective.queues).test_client()
    with perspective.database.write() as session:
        key = keys.create(session, perspective.site.id, "hasty")
    answers = [
        client.post("/v1/moderations", json={"input": given}, headers={"Authorization": f"Bearer {key}"})
        for given in ([KIND, RUDE], [KIND, RUDE])
    ]
    assert [answer.status_code for answer in answers] == [200, 429]
    found = error(answers[1])
    assert (found["type"], found["code"]) == ("requests", "rate_limit_exceeded")
    assert int(answers[1].headers["Retry-After"]) > 0


def test_a_pinned_key_gets_no_score_of_another_version(perspective: Perspective) -> None:
    pinned = perspective.with_terms(Terms(pinned={"compact": "of last year"}))
    answer = moderate(pinned, KIND)
    assert (answer.status_code, error(answer)["code"]) == (400, "version_not_loaded")
