"""Rules of `comments:analyze`: what clients read in an answer."""

import gzip
import json
from typing import Any

import pytest

from service.accounts.perspective import FOR_CLIENTS, Curve, Terms
from service.vocabulary import Attribute
from tests.service.api.compat.conftest import Perspective

RUDE, KIND = "You are a stupid idiot, shut up.", "Thank you for this thoughtful article about our bridge."
ARTICLE = (
    "Council closes Harbour Bridge for repairs\nRust was found in the steel cables of the bridge. The council will "
    "close it for two months, and the buses will use the tunnel."
)


def value(body: Any, name: str = "TOXICITY") -> float:
    return float(body["attributeScores"][name]["summaryScore"]["value"])


def test_an_answer_has_the_scores_the_whole_text_as_a_span_and_the_languages(perspective: Perspective) -> None:
    answer = perspective.analyze(RUDE, languages=["en"], clientToken="t-1")
    body = answer.get_json()
    score = body["attributeScores"]["TOXICITY"]["summaryScore"]
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert 0.8 < score["value"] <= 1
    assert score["type"] == "PROBABILITY"
    assert body["attributeScores"]["TOXICITY"]["spanScores"] == [{"begin": 0, "end": len(RUDE), "score": score}]
    assert (body["languages"], body["detectedLanguages"], body["clientToken"]) == (["en"], ["en"], "t-1")


def test_without_languages_the_detected_one_is_answered_and_no_token_comes_back(perspective: Perspective) -> None:
    body = perspective.analyze(KIND).get_json()
    assert (body["languages"], body["detectedLanguages"]) == (["en"], ["en"])
    assert "clientToken" not in body


def test_attributes_come_back_in_the_order_and_under_the_names_of_the_request(perspective: Perspective) -> None:
    names = ["THREAT", "TOXICITY@6", "INSULT_EXPERIMENTAL", "PROFANITY", "OBSCENE", "TOXICITY", "IDENTITY_ATTACK"]
    body = perspective.analyze(RUDE, *names).get_json()
    assert list(body["attributeScores"]) == names
    assert value(body, "TOXICITY@6") == value(body, "TOXICITY")
    assert value(body, "OBSCENE") == value(body, "PROFANITY")


def test_a_score_is_never_zero(perspective: Perspective) -> None:
    level = perspective.with_terms(Terms(curves={Attribute.TOXICITY: Curve(knots=((0.0, 0.0), (1.0, 0.0)))}))
    assert value(level.analyze(KIND).get_json()) == 1e-6


def test_a_key_with_a_curve_gets_its_own_scale(perspective: Perspective) -> None:
    plain = value(perspective.analyze(RUDE).get_json())
    halved = perspective.with_terms(Terms(curves={Attribute.TOXICITY: Curve(knots=((0.0, 0.0), (1.0, 0.5)))}))
    assert value(halved.analyze(RUDE).get_json()) == pytest.approx(plain / 2, abs=1e-6)


def test_below_its_threshold_an_attribute_is_left_out_and_with_none_the_scores_are_absent(
    perspective: Perspective,
) -> None:
    high, low = {"scoreThreshold": 0.999}, {"score_threshold": 0.0001}
    body = perspective.analyze(KIND, requestedAttributes={"TOXICITY": high, "INSULT": low}).get_json()
    assert list(body["attributeScores"]) == ["INSULT"]
    body = perspective.analyze(KIND, requestedAttributes={"TOXICITY": high}).get_json()
    assert body == {"languages": ["en"], "detectedLanguages": ["en"]}


def test_spans_are_sentences_in_utf_16_units(perspective: Perspective) -> None:
    text = "Thank you 😀 for this. You are a stupid idiot!"
    spans = perspective.analyze(text, spanAnnotations=True).get_json()["attributeScores"]["TOXICITY"]["spanScores"]
    units = text.encode("utf-16-le")
    cut = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in spans]
    assert cut == ["Thank you 😀 for this.", "You are a stupid idiot!"]
    assert spans[0]["score"]["value"] < 0.5 < spans[1]["score"]["value"]


@pytest.mark.parametrize(("sentences", "spans"), [(1, 1), (31, 31), (100, 25), (1_800, 1)])
def test_a_text_of_many_sentences_has_few_spans(perspective: Perspective, sentences: int, spans: int) -> None:
    text = "I like it. " * sentences
    found = perspective.analyze(text, spanAnnotations=True).get_json()["attributeScores"]["TOXICITY"]["spanScores"]
    assert len(found) == spans
    assert found[-1]["end"] >= len(text) - 1


@pytest.mark.parametrize(
    "context",
    [
        {"entries": [{"text": ARTICLE}, {"text": "Who inspects the cables?", "type": "PLAIN_TEXT"}]},
        {"articleAndParentComment": {"article": {"text": ARTICLE}}},
        {"article_and_parent_comment": {"article": {"text": ARTICLE}, "parent_comment": {"text": "Why?"}}},
        {"entries": [{"text": ARTICLE.replace("\n", ". ")}]},
    ],
)
def test_off_topic_is_answered_from_the_article(perspective: Perspective, context: dict[str, Any]) -> None:
    near = "Rust in the cables of the bridge should have been found years ago."
    far = "Their rye bread is the best in the country, I queue for it each week."
    scores = [
        value(perspective.analyze(text, "OFF_TOPIC", context=context).get_json(), "OFF_TOPIC") for text in (near, far)
    ]
    assert scores[0] < scores[1]


def test_corals_context_of_ids_is_no_article(perspective: Perspective) -> None:
    ids = json.dumps(
        {"url": "https://news.example/bridge", "reply_to_id_Coral_comment_id": "", "Coral_comment_id": "c"}
    )
    answer = perspective.analyze(KIND, "OFF_TOPIC", context={"entries": [{"text": ids}]})
    assert answer.status_code == 400
    assert "OFF_TOPIC" in answer.get_json()["error"]["message"]
    both = perspective.with_terms(FOR_CLIENTS).analyze(
        KIND, "OFF_TOPIC", "TOXICITY", context={"entries": [{"text": ids}]}
    )
    assert list(both.get_json()["attributeScores"]) == ["TOXICITY"]


@pytest.mark.parametrize("languages", [["en", "zh"], ["ru", "en"], ["en-US"], "en", []])
def test_languages_are_candidates(perspective: Perspective, languages: Any) -> None:
    answer = perspective.analyze(KIND, languages=languages)
    assert answer.status_code == 200
    assert answer.get_json()["detectedLanguages"] == ["en"]


def test_a_key_that_drops_leaves_out_what_no_model_answers(perspective: Perspective) -> None:
    dropping = perspective.with_terms(FOR_CLIENTS)
    names = ("SEXUALLY_EXPLICIT_2", "TOXICITY", "AFFINITY_EXPERIMENTAL")
    assert list(dropping.analyze(RUDE, *names).get_json()["attributeScores"]) == ["TOXICITY"]
    alone = dropping.analyze(RUDE, "AFFINITY_EXPERIMENTAL")
    assert alone.get_json()["error"]["message"] == "Unknown requested attribute: AFFINITY_EXPERIMENTAL"
    asked = perspective.analyze(RUDE, *names, dropUnsupportedAttributes=True)
    assert list(asked.get_json()["attributeScores"]) == ["TOXICITY"]


def test_a_score_names_the_versions_and_a_key_may_insist_on_them(perspective: Perspective) -> None:
    versions = dict(pair.split("=") for pair in perspective.analyze(KIND).headers["X-Classifier-Versions"].split(", "))
    assert "relevance" in versions
    assert perspective.with_terms(Terms(pinned=versions)).analyze(KIND).status_code == 200
    other = perspective.with_terms(Terms(pinned=versions | {"relevance": "of last year"})).analyze(KIND)
    error = other.get_json()["error"]
    assert (other.status_code, error["status"]) == (400, "FAILED_PRECONDITION")
    assert (
        "relevance=of last year, which is not loaded" in error["message"].replace("\n", " ")
        or "of last year" in error["message"]
    )


QUICK_START = b"""{comment: {text: "what kind of idiot name is foo?"},
       languages: ["en"],
       requestedAttributes: {TOXICITY:{}} }"""
LENIENT = [
    QUICK_START,
    b"{'comment': {'text': 'it\\'s \"fine\"'}, 'requestedAttributes': {'TOXICITY': null}}",
    b'{"comment": {"text": "two\nlines\tand a tab"}, "requestedAttributes": {"TOXICITY": {},},}',
    b'{"comment": {"text": "a"}, "requested_attributes": {"TOXICITY": {"score_type": "PROBABILITY"}},'
    b' "do_not_store": true, "client_token": "t", "session_id": 5, "community_id": null,'
    b' "span_annotations": false, "new_field": {"x": 1}}',
    b'\xef\xbb\xbf{"comment": {"text": "half an emoji \\ud83d", "type": null},'
    b' "requestedAttributes": {"TOXICITY": {}}}',
]


@pytest.mark.parametrize("body", LENIENT)
def test_json_is_read_as_leniently_as_google_reads_it(perspective: Perspective, body: bytes) -> None:
    answer = perspective.post("analyze", data=body, content_type="application/json")
    assert answer.status_code == 200, answer.text
    assert value(answer.get_json()) > 0


def test_a_body_may_be_packed_and_a_bomb_is_refused(perspective: Perspective) -> None:
    packed = gzip.compress(QUICK_START)
    answer = perspective.post("analyze", data=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    bomb = gzip.compress(b'{"comment": {"text": "' + b" " * 50_000_000)
    refused = perspective.post("analyze", data=bomb, headers={"Content-Encoding": "gzip"})
    assert refused.get_json()["error"]["message"] == "Request payload size exceeds the limit: 1048576 bytes."
    for bad in (packed[:-9], b"no gzip"):
        assert perspective.post("analyze", data=bad, headers={"Content-Encoding": "gzip"}).status_code == 400


def test_the_address_may_be_encoded_the_key_a_header_and_the_answer_in_one_line(perspective: Perspective) -> None:
    for path in ("/v1alpha1/comments%3Aanalyze", "/v1alpha1/comments:analyze"):
        query = "?alt=json&prettyPrint=false&$.xgafv=2&quotaUser=x&fields=attributeScores"
        headers = {"x-goog-api-key": perspective.key}
        answer = perspective.client.post(path + query, data=QUICK_START, headers=headers)
        assert answer.status_code == 200
        assert "\n" not in answer.text
    assert perspective.post("analyze", data=QUICK_START).text.startswith('{\n  "attributeScores": {\n    "TOXICITY"')
