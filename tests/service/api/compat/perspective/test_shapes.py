"""Requests in the shapes that known clients send them, and what each of them reads in the answer."""

from typing import Any

import pytest

from service.accounts.perspective import FOR_CLIENTS
from tests.service.api.compat.conftest import Perspective

TEXT = "You are a stupid idiot, shut up."
ARTICLE = "Council closes Harbour Bridge for repairs\nRust was found in the steel cables of the bridge."
SIX = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"]
SHAPES: dict[str, dict[str, Any]] = {
    "coral": {
        "comment": {"text": TEXT},
        "doNotStore": True,
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    },
    "osmod": {
        "comment": {"text": TEXT, "type": "PLAIN_TEXT"},
        "context": {"entries": [{"text": ARTICLE}, {"text": "Who inspects the cables?"}]},
        "requestedAttributes": {"TOXICITY": {}, "OFF_TOPIC": {}, "INCOHERENT": {}, "SEVERE_TOXICITY@2": {}},
        "spanAnnotations": True,
        "languages": ["en"],
        "clientToken": "OSMod_request5",
        "sessionId": "osmod",
    },
    "discourse": {
        "comment": {"text": TEXT},
        "doNotStore": False,
        "sessionId": "https://forum.example_7",
        "requestedAttributes": {"TOXICITY": {"scoreType": "PROBABILITY"}},
    },
    "helm": {
        "comment": {"text": TEXT},
        "requestedAttributes": {name: {} for name in [*SIX, "SEXUALLY_EXPLICIT", "FLIRTATION"]},
        "languages": ["en"],
        "spanAnnotations": True,
    },
    "garak": {
        "comment": {"text": TEXT},
        "requestedAttributes": {name: {} for name in SIX},
        "languages": ["en"],
        "doNotStore": True,
    },
    "language harness": {
        "comment": {"text": TEXT, "type": "PLAIN_TEXT"},
        "languages": ["en", "zh"],
        "requestedAttributes": {"TOXICITY": {}, "SEXUALLY_EXPLICIT": {}},
    },
    "simple server": {
        "comment": {"text": TEXT},
        "requested_attributes": {"TOXICITY": {"score_threshold": 0}, "ATTACK_ON_AUTHOR": {}},
        "do_not_store": True,
        "client_token": "t",
        "session_id": "s",
        "community_id": "perspectiveapi.com",
        "span_annotations": False,
        "article_and_parent_comment": None,
    },
    "game server": {"comment": {"text": TEXT}, "languages": ["ru", "en"], "requestedAttributes": {"TOXICITY": {}}},
    "discovery client": {  # polis, 4cat, opencompass
        "comment": {"text": TEXT},
        "requestedAttributes": {"TOXICITY": {}, "IDENTITY_ATTACK": {}, "INSULT": {}},
    },
    "discord bot": {
        "comment": {"text": TEXT},
        "languages": ["en"],
        "requestedAttributes": {name: {} for name in [*SIX, "INCOHERENT", "SPAM", "LIKELY_TO_REJECT", "FLIRTATION"]},
        "doNotStore": True,
    },
    "telegram bot": {
        "comment": {"text": TEXT, "type": "TEXT_TYPE_UNSPECIFIED"},
        "languages": ["ru", "en"],
        "requestedAttributes": {"TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": 0}, "SEVERE_TOXICITY": None},
        "clientToken": "",
    },
    "symfony bundle": {
        "comment": {"text": TEXT},
        "requestedAttributes": {name: {} for name in ["TOXICITY", "PROFANITY", "SEXUALLY_EXPLICIT"]},
        "languages": ["en"],
    },
    "npm client with a threshold": {
        "comment": {"text": TEXT},
        "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.7}},
    },
    "comment service": {  # comentario
        "comment": {"text": TEXT},
        "languages": ["en-GB"],
        "requestedAttributes": {name: {} for name in SIX},
        "communityId": "news.example",
        "sessionId": "s",
        "doNotStore": False,
    },
    "page in a browser": {
        "comment": {"text": TEXT},
        "languages": [],
        "requestedAttributes": {"TOXICITY_EXPERIMENTAL": {}, "TOXICITY": {}},
    },
}


@pytest.mark.parametrize("client", SHAPES)
@pytest.mark.parametrize("in_header", [False, True])
def test_each_known_client_gets_its_scores(perspective: Perspective, client: str, in_header: bool) -> None:
    dropping = perspective.with_terms(FOR_CLIENTS)
    body = SHAPES[client]
    if in_header:  # as the Dify plugin sends it
        headers = {"x-goog-api-key": dropping.key}
        answer = perspective.client.post("/v1alpha1/comments:analyze", json=body, headers=headers)
    else:
        answer = dropping.post("analyze", body)
    assert answer.status_code == 200, answer.text
    scores = answer.get_json()["attributeScores"]
    assert scores["TOXICITY"]["summaryScore"]["value"] > 0.8
    for name, found in scores.items():
        assert found["spanScores"][0]["score"]["type"] == "PROBABILITY", name
    wanted = list(body.get("requestedAttributes") or body["requested_attributes"])
    if not in_header:  # Flask's client sorts what it sends as JSON
        assert list(scores) == [name for name in wanted if name in scores]
