"""Overrides over HTTP: an article's section chooses its rules, and what is closed answers until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from service.db import Database
from service.models import Site
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.reader.conftest import Reader, form_key

POLITICS = {"id": "election", "title": "The election", "section": "Politics"}
UNTIL = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)


def put(call: Caller, *overrides: dict[str, Any], **site: Any) -> None:
    answer = call("PUT", "/v1/policy", json=site | {"overrides": list(overrides)})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        ({"target": {"section": "Politics"}, "rules": {"minimum_length": "9"}}, "#/overrides/0/rules/minimum_length"),
        ({"target": {"section": "Politics"}, "rules": {}}, "#/overrides/0/rules"),
        ({"target": {"part": "Politics"}, "rules": {"closed": True}}, "#/overrides/0/target"),
        ({"target": {}, "rules": {"closed": True}}, "#/overrides/0"),
        ({"target": {}, "rules": {"closed": True}, "when": {}}, "#/overrides/0/when"),
        ({"target": {"section": "Politics"}, "rules": {"maximum_length": 9}}, "#"),
    ],
)
def test_a_bad_override_is_refused_where_it_is_bad(call: Caller, bad: dict[str, Any], pointer: str) -> None:
    answer = call("PUT", "/v1/policy", json={"overrides": [bad]})
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]


def test_a_policy_with_overrides_comes_back_as_it_was_sent(call: Caller) -> None:
    override = {
        "target": {"section": "Politics", "article": None, "source": None},
        "rules": {"thresholds": {"insult": {"hold_at": 0.2}}, "link_limit": None},
        "when": {"hours": [{"days": ["fri", "sat"], "begin": "22:00", "end": "06:00"}], "until": None},
    }
    put(call, override, time_zone="Europe/Madrid")
    found = call("GET", "/v1/policy").get_json()["rules"]
    assert (found["overrides"], found["time_zone"]) == ([override], "Europe/Madrid")
    assert call("GET", "/v1/policy/history").get_json()["versions"][0]["rules"]["overrides"] == [override]


def test_the_section_of_an_article_chooses_the_length_that_is_refused(call: Caller) -> None:
    put(call, {"target": {"section": "politics"}, "rules": {"minimum_length": 500}})
    answer = call.send(article=POLITICS)
    assert (answer.status_code, answer.get_json()["minimum"]) == (422, 500)
    assert call("GET", "/v1/articles/election").status_code == 404, "nothing of what was refused is stored"
    assert call.send(article=POLITICS | {"section": "Sport"}).status_code == 202
    assert call("PUT", "/v1/articles/election", json={"title": "x", "section": "Politics"}).status_code == 200
    assert call("GET", "/v1/articles/election").get_json()["section"] == "Politics"
    edited = call("PUT", "/v1/comments/c1", json={"text": LONG_ENOUGH + " Really."})
    assert (edited.status_code, edited.get_json()["minimum"]) == (422, 500)
    # An article that comes with a comment keeps the section that it leaves out.
    call.send("c2", LONG_ENOUGH * 6, article={"id": "election", "title": "The election"})
    assert call("GET", "/v1/articles/election").get_json()["section"] == "Politics"


def test_a_new_comment_where_comments_are_closed_is_a_conflict_that_says_until_when(call: Caller) -> None:
    call.send("known", article=POLITICS)
    put(call, {"target": {"article": "election"}, "rules": {"closed": True}, "when": {"until": UNTIL.isoformat()}})
    answer = call.send("late", article=POLITICS)
    until = UNTIL.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "comments_closed")
    assert (answer.get_json()["until"], until in answer.get_json()["detail"]) == (until, True)
    assert call("GET", "/v1/comments/late").status_code == 404
    assert call.send("known", article=POLITICS).status_code == 200, "what is stored already is no new comment"
    batch = call("POST", "/v1/comments/batch", json={"comments": [
        {"id": "b1", "text": LONG_ENOUGH, "article_id": "election"}, {"id": "b2", "text": LONG_ENOUGH},
    ]}).get_json()  # fmt: skip
    assert [one["status"] for one in batch["results"]] == [409, 202]
    assert batch["results"][0]["problem"]["until"] == until


def test_a_form_shows_that_comments_are_closed_and_is_refused(
    call: Caller, app: Flask, database: Database, site: Site
) -> None:
    reader = Reader(app, form_key(database, site))
    put(call)
    assert (reader.comments()["closed"], reader.comments()["closed_until"]) == (False, None)
    put(call, {"target": {"article": "bridge"}, "rules": {"closed": True, "minimum_length": 9}})
    page = reader.comments()
    assert (page["closed"], page["closed_until"], page["minimum_length"]) == (True, None, 9)
    for fields in ({}, {"website": "https://spam.example"}):  # a program learns no more than a person
        refused = reader.send(**fields)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "comments_closed")
    plain = reader.submit_form(language="de")
    assert plain.status_code == 409
    assert "Kommentare sind hier geschlossen" in plain.text
    assert LONG_ENOUGH in plain.text
