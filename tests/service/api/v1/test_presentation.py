"""A classified comment as a caller sees it: verdict, reasons in words and codes, scores with their origin, findings."""

import json

import pytest

from service.api.shapes import answers, sent
from service.db import Database
from service.installation.settings import Settings
from service.queues import Queues
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.support.classifiers import ScriptedClassifiers
from workers import classification
from workers.runtime import Runtime

pytestmark = pytest.mark.usefixtures("round_thresholds")


def classify(settings: Settings, database: Database, queues: Queues, toxicity: float = 0.02) -> None:
    """Let the real classification code judge what waits, with scripted scores."""
    runtime = Runtime(settings, "classification", database, queues, ScriptedClassifiers(toxicity))
    classification.drain(runtime)


def test_a_rejected_comment_says_why(call: Caller, settings: Settings, database: Database, queues: Queues) -> None:
    call("PUT", "/v1/policy", json={"blocked_terms": ["old bridge"]})
    call.send("c1", article={"id": "a1", "title": "City votes to rebuild the old bridge"}, author={"id": "u1"})
    classify(settings, database, queues, toxicity=0.95)
    comment = call("GET", "/v1/comments/c1").get_json()
    answers.Comment.model_validate(comment)
    assert (comment["status"], comment["verdict"], comment["policy_version"]) == ("rejected", "reject", 1)
    assert {reason["code"] for reason in comment["reasons"]} == {"blocked_term", "toxic"}
    toxic = next(reason for reason in comment["reasons"] if reason["code"] == "toxic")
    assert (toxic["attribute"], toxic["score"], toxic["threshold"]) == ("toxicity", 0.95, 0.92)
    assert comment["scores"]["toxicity"] == {"value": 0.95, "classifier": "scripted", "version": "1"}
    (term,) = comment["findings"]["terms"]
    assert comment["text"][term["start"] : term["end"]] == "old bridge"
    assert comment["article_id"] == "a1"


def test_a_comment_without_article_text_says_that_off_topic_was_not_judged(
    call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    call.send("c1")
    classify(settings, database, queues)
    comment = call("GET", "/v1/comments/c1").get_json()
    assert comment["status"] == "approved"
    assert [reason["code"] for reason in comment["reasons"]] == ["off_topic_not_judged"]
    assert "off_topic" not in comment["scores"]


def test_after_an_edit_only_the_new_texts_scores_are_shown(
    call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    call.send("c1")
    classify(settings, database, queues, toxicity=0.95)
    call("PUT", "/v1/comments/c1", json={"text": LONG_ENOUGH + " Calmly."})
    pending = call("GET", "/v1/comments/c1").get_json()
    assert (pending["scores"], pending["findings"], pending["reasons"]) == ({}, None, [])
    classify(settings, database, queues, toxicity=0.01)
    comment = call("GET", "/v1/comments/c1").get_json()
    assert (comment["status"], comment["scores"]["toxicity"]["value"]) == ("approved", 0.01)
    assert [decision["revision"] for decision in comment["decisions"]] == [1, 2]


def test_erasing_leaves_no_findings(call: Caller, settings: Settings, database: Database, queues: Queues) -> None:
    call.send("c1")
    classify(settings, database, queues)
    call("DELETE", "/v1/comments/c1")
    comment = call("GET", "/v1/comments/c1").get_json()
    answers.Comment.model_validate(comment)
    assert (comment["text"], comment["author"], comment["findings"]) == ("", None, None)


def test_what_is_sent_is_what_the_description_says(
    call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    endpoint = call("POST", "/v1/endpoints", json={"url": "https://cms.example/verdicts"}).get_json()["id"]
    call("POST", f"/v1/endpoints/{endpoint}/test")
    call.send("c1", article={"id": "a1", "title": "Bridge"})
    classify(settings, database, queues)
    decision = {"verdict": "reject", "expected_version": 2}
    assert call("POST", "/v1/comments/c1/decisions", json=decision).status_code == 201
    call("DELETE", "/v1/comments/c1")
    listed = call("GET", "/v1/deliveries").get_json()["deliveries"]
    payloads = [call("GET", f"/v1/deliveries/{one['id']}").get_json()["payload"] for one in listed]
    assert {payload["type"] for payload in payloads} == {
        "endpoint.test",
        "comment.approved",
        "comment.overturned",
        "comment.erased",
    }
    for payload in payloads:
        sent.Callback.model_validate_json(json.dumps(payload))


def test_an_inline_article_that_leaves_something_out_does_not_erase_it(call: Caller) -> None:
    whole = {"title": "Bridge", "key_points": ["8 to 3"], "body": "The council voted.", "language": "en"}
    call("PUT", "/v1/articles/a1", json=whole)
    call.send("c1", article={"id": "a1", "title": "Bridge", "url": "https://news.example/bridge"})
    stored = call("GET", "/v1/articles/a1").get_json()
    assert {name: stored[name] for name in whole} == whole
    assert (stored["url"], stored["revision"]) == ("https://news.example/bridge", 1)
    call.send("c2", f"{LONG_ENOUGH} 2", article={"id": "a1", "body": ""})
    assert call("GET", "/v1/articles/a1").get_json()["body"] == "", "what is sent empty is meant empty"


def test_an_article_given_inline_is_stored_and_a_new_text_is_a_new_revision(call: Caller) -> None:
    call.send("c1", f"{LONG_ENOUGH} 1", article={"id": "a1", "title": "Bridge"})
    call.send("c2", f"{LONG_ENOUGH} 2", article={"id": "a1", "title": "Bridge"})
    assert call("GET", "/v1/articles/a1").get_json()["revision"] == 1
    answer = call("PUT", "/v1/articles/a1", json={"title": "Bridge", "body": "The council voted."})
    assert (answer.status_code, answer.get_json()["revision"]) == (200, 2)
    etag = answer.headers["ETag"]
    assert call("GET", "/v1/articles/a1", headers={"If-None-Match": etag}).status_code == 304
