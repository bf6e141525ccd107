"""Every error of the contract, byte for byte where clients have it in their own tests."""

import json
from typing import Any

import pytest

from service.accounts import keys
from service.api.compat.perspective import errors
from service.installation.settings import Settings
from tests.service.api.compat.conftest import Perspective
from tests.support.quicker import application

TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
EMPTY = (
    '{"error":{"code":400,"message":"Comment must be non-empty.","status":"INVALID_ARGUMENT","details":[{"@type":'
    '"type.googleapis.com/google.commentanalyzer.v1alpha1.Error","errorType":"COMMENT_EMPTY"}]}}'
)
JAPANESE = "委員会はこの橋を再建することを決めました。良い決定です。"
OTHER_LANGUAGE = (
    '{"error":{"code":400,"message":"Attribute TOXICITY does not support request languages: LANGUAGE","status":'
    '"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.commentanalyzer.v1alpha1.Error","errorType":'
    '"LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE","languageNotSupportedByAttributeError":{"FIELD":["LANGUAGE"],"attribute":'
    '"TOXICITY"}}]}}'
)
TEXT = {"text": "Thank you."}
TOXICITY: dict[str, Any] = {"TOXICITY": {}}


def in_one_line(perspective: Perspective, body: dict[str, Any]) -> str:
    return perspective.post("analyze", body, query="&prettyPrint=false").text


def test_an_empty_comment(perspective: Perspective) -> None:
    for comment in ({"text": ""}, {"text": "  \n"}, {}, None):
        assert in_one_line(perspective, {"comment": comment, "requestedAttributes": TOXICITY}) == EMPTY


def test_a_language_that_no_classifier_knows(perspective: Perspective) -> None:
    body = {"comment": {"text": JAPANESE}, "requestedAttributes": TOXICITY}
    detected = OTHER_LANGUAGE.replace('LANGUAGE"', 'ja"').replace(": LANGUAGE", ": ja")
    expected = json.loads(detected.replace("FIELD", "detectedLanguages"))
    expected["error"]["details"][0]["languageNotSupportedByAttributeError"]["detectedLanguages"] = ["ja"]
    assert json.loads(in_one_line(perspective, body)) == expected


def test_a_language_that_was_asked_for(perspective: Perspective) -> None:
    said = in_one_line(perspective, {"comment": TEXT, "requestedAttributes": TOXICITY, "languages": ["om"]})
    assert said == OTHER_LANGUAGE.replace('["LANGUAGE"]', '["om"]').replace(": LANGUAGE", ": om").replace(
        "FIELD", "requestedLanguages"
    )


@pytest.mark.parametrize(
    ("body", "message", "error_type"),
    [
        ({"requestedAttributes": {}}, "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        ({"requestedAttributes": None}, "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        (
            {"comment": {"text": "é" * 11_684}},
            "Comment text was too many bytes. Value (23368) exceeded limit (20480).",
            "COMMENT_TOO_LONG",
        ),
        ({"requestedAttributes": {"NICE": {}}}, "Unknown requested attribute: NICE", "INVALID_REQUEST"),
        ({"requestedAttributes": {"SPAM": {}}}, "Unknown requested attribute: SPAM", "INVALID_REQUEST"),
        (  # a name that we know and the loaded model does not
            {"requestedAttributes": {"SEXUALLY_EXPLICIT": {}}},
            "Unknown requested attribute: SEXUALLY_EXPLICIT",
            "INVALID_REQUEST",
        ),
        (
            {"requestedAttributes": {"TOXICITY": {"scoreType": "PERCENTILE"}}},
            "Requested score type PERCENTILE is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
        (
            {"comment": TEXT | {"type": "HTML"}},
            "Currently, only 'PLAIN_TEXT' comments are supported",
            "INVALID_REQUEST",
        ),
        ({"comment": TEXT | {"type": "RTF"}}, "Unknown text type", "INVALID_REQUEST"),
        (
            {"context": {"entries": [TEXT], "articleAndParentComment": {"article": TEXT}}},
            "Context can have either entries or article_and_parent_comment, but both fields were populated.",
            "INVALID_REQUEST",
        ),
    ],
)
def test_what_is_wrong_with_a_request(
    perspective: Perspective, body: dict[str, Any], message: str, error_type: str
) -> None:
    answer = perspective.post("analyze", {"comment": TEXT, "requestedAttributes": TOXICITY} | body)
    assert answer.status_code == 400
    details = [{"@type": TYPE, "errorType": error_type}]
    error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": details}
    assert answer.get_json() == {"error": error}


def test_a_text_that_was_not_read_as_a_whole_has_no_score(perspective: Perspective) -> None:
    kind = "Thank you for this thoughtful article about our bridge, and for the pictures of the cables. "
    text = f"{kind * 200}You stupid idiot, shut up."
    assert len(text.encode()) < errors.LIMIT
    error = perspective.analyze(text).get_json()["error"]
    assert (error["code"], error["details"][0]["errorType"]) == (400, "COMMENT_TOO_LONG")
    assert error["message"].startswith("Comment text too long.")


def test_a_language_that_cannot_be_detected() -> None:
    error = errors.language_not_detected().as_object()["error"]
    assert (error["message"], error["details"][0]["errorType"]) == (
        "Unable to detect language",
        "LANGUAGE_DETECTION_FAILED",
    )


def test_a_bad_key_and_no_key(perspective: Perspective) -> None:
    for path in ("/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"):
        bad = perspective.client.post(f"{path}?key=AIzaSyB", json={})
        assert bad.get_json() == {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "API_KEY_INVALID",
                        "domain": "googleapis.com",
                        "metadata": {"service": "commentanalyzer.googleapis.com"},
                    }
                ],
            }
        }
        none = perspective.client.post(path, json={})
        assert none.status_code == 403
        assert none.get_json() == {
            "error": {
                "code": 403,
                "message": "Method doesn't allow unregistered callers (callers without established identity). "
                "Please use API Key or other form of API consumer identity to call this API.",
                "status": "PERMISSION_DENIED",
            }
        }


def test_a_key_that_has_used_up_its_minute(perspective: Perspective) -> None:
    settings = Settings(redis_url=perspective.queues.url, rate_limit_per_minute=1)
    client = application(settings, perspective.database, perspective.queues).test_client()
    with perspective.database.write() as session:
        key = keys.create(session, perspective.site.id, "hasty")
    answers = [client.post(f"/v1alpha1/comments:analyze?key={key}", json={}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [400, 429]
    error = answers[1].get_json()["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert error["message"].startswith(
        "Quota exceeded for quota metric 'Analysis requests (AnalyzeComment)' and limit 'Analysis requests "
        "(AnalyzeComment) per minute' of service 'commentanalyzer.googleapis.com' for consumer 'project_number:"
    )
    assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert error["details"][0]["metadata"]["quota_limit_value"] == "1"
    assert error["details"][1]["@type"] == "type.googleapis.com/google.rpc.Help"
    assert int(answers[1].headers["Retry-After"]) > 0


SECRET = "zinnober"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"comment": {"text": {SECRET: 1}}}, "comment.text"),
        ({"comment": SECRET}, "comment"),
        ({"requestedAttributes": {SECRET: {"scoreThreshold": "high"}}}, "requested_attributes"),
        ({"requestedAttributes": ["TOXICITY"]}, "requested_attributes"),
        ({"languages": [SECRET * 30]}, "languages"),
        ({"context": {"entries": [{"text": [SECRET]}]}}, "context.entries[0].text"),
        ({"doNotStore": SECRET}, "do_not_store"),
    ],
)
def test_a_field_of_another_type_is_named_and_not_repeated(
    perspective: Perspective, body: dict[str, Any], field: str
) -> None:
    answer = perspective.post("analyze", {"comment": TEXT, "requestedAttributes": TOXICITY} | body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["details"][0]["fieldViolations"][0]["field"] == field
    assert SECRET not in answer.text


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"comment', b"{comment: nonsense}", b"\xff", b"[" * 100_000, b"{'a"])
def test_what_is_no_json_is_a_400(perspective: Perspective, raw: bytes) -> None:
    answer = perspective.post("analyze", data=raw)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"] == "Invalid JSON payload received."
