"""What a key may do: every route names the scope it needs, and a key without it is refused by that name."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.accounts import keys
from service.api.operation import OPERATIONS, PARAMETER, Operation
from service.clock import utc_now
from service.db import Database
from service.models import Site, Strike
from service.moderation.authors import facts as authors
from service.moderation.authors import standing as standings
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import Scope, Standing, Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.support.actors import LEA
from tests.support.comments import classify

# Said a second time, away from the routes: one that is new, or that asks for something else, fails.
NEEDED = {
    "submit": {
        "GET reader/comments", "GET reader/comments/<receipt>", "POST comments", "POST comments/batch",
        "POST reader/comments", "POST reader/comments/<receipt>/appeals", "POST reader/comments/hints",
        "POST legal-notices",
        "POST comments/<comment_id>/reports", "POST reader/comments/<comment_id>/reports",
    },
    "score": set(),  # the contracts of other software alone
    "read": {
        "GET articles/<article_id>", "GET authors/<author_id>", "GET comments", "GET comments/<comment_id>",
        "GET comments/<comment_id>/appeals", "GET comments/<comment_id>/reports",
        "GET deliveries", "GET deliveries/<delivery_id>", "GET endpoints",
        "GET policy", "GET policy/history", "GET stats", "GET stats/period", "GET webhook-sources",
        "GET legal-notices/<legal_notice_id>", "POST score",
    },
    "moderate": {
        "POST comments/<comment_id>/appeals", "POST comments/<comment_id>/decisions", "PUT articles/<article_id>",
        "PUT authors/<author_id>", "PUT comments/<comment_id>",
    },
    "configure": {
        "DELETE endpoints/<endpoint_id>", "DELETE endpoints/<endpoint_id>/old-secrets",
        "DELETE webhook-sources/<source_id>", "GET endpoints/<endpoint_id>", "GET webhook-sources/<source_id>",
        "GET webhook-sources/<source_id>/dead-letters",
        "GET policy/replays/<replay_id>", "POST policy/replays", "POST policy/replays/<replay_id>/apply",
        "POST policy/replays/<replay_id>/undo",
        "PATCH endpoints/<endpoint_id>", "PATCH webhook-sources/<source_id>", "POST deliveries/<delivery_id>/replay",
        "POST endpoints", "POST endpoints/<endpoint_id>/replay", "POST endpoints/<endpoint_id>/rotate",
        "POST endpoints/<endpoint_id>/test", "POST webhook-sources",
        "POST webhook-sources/<source_id>/dead-letters/<letter_id>/replay",
        "POST webhook-sources/<source_id>/dead-letters/<letter_id>/try", "PUT policy",
    },
    "erase": {"DELETE authors/<author_id>/comments", "DELETE comments/<comment_id>"},
}  # fmt: skip
BOTH = {"start_replay", "apply_replay", "undo_replay"}  # `moderate` as well: tests/service/api/v1/test_replays.py
SIGNED = {"POST webhooks/<source_id>", "POST coral/<source_id>"}  # no key: the CMS's signature stands for it
# The contract of other software, whose scopes are in tests/service/api/compat/, and pages for readers.
OTHERS = {
    "POST moderations", "GET reader/comments/<receipt>/page",
    "GET reader/legal-notices", "POST reader/legal-notices", "GET reader/legal-notices/<receipt>",
    "GET reader/legal-notices/static/<path:filename>",
}  # fmt: skip


def named(method: str, path: str) -> str:
    return f"{method} {path.removeprefix('/v1/')}"


def may(app: Flask, database: Database, site: Site, *scopes: Scope) -> Caller:
    with database.write() as session:
        return Caller(app.test_client(), keys.create(session, site.id, "cms", scopes=scopes))


def test_every_route_of_version_1_says_which_scope_it_needs(app: Flask) -> None:
    said = {(one.method, one.path): one.scope for one in OPERATIONS}
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/")
    }
    without = {named(*route) for route in served if said.get(route) is None}
    assert without == SIGNED | OTHERS
    assert {scope: {named(*route) for route in said if said[route] == scope} for scope in Scope} == NEEDED


@pytest.mark.one_database
def test_a_key_without_the_scope_is_refused_by_its_name_and_with_it_alone_is_not(
    app: Flask, database: Database, site: Site
) -> None:
    callers = {scope: may(app, database, site, scope) for scope in Scope}
    others = {scope: may(app, database, site, *(one for one in Scope if one is not scope)) for scope in Scope}
    wrong = []
    for declared in (one for one in OPERATIONS if one.scope):
        assert declared.scope is not None
        refused = others[declared.scope](declared.method, _address(declared), data=b"[")
        problem = refused.get_json()
        if (refused.status_code, problem.get("scope")) != (403, declared.scope) or declared.scope not in problem[
            "detail"
        ]:
            wrong.append(f"without {declared.scope}: {named(declared.method, declared.path)}: {problem}")
        status = callers[declared.scope](declared.method, _address(declared), data=b"[").status_code
        if declared.name not in BOTH and (status in (401, 403) or status >= 500):
            wrong.append(f"with {declared.scope} alone: {named(declared.method, declared.path)}: {status}")
    assert wrong == []


def _address(declared: Operation) -> str:
    return PARAMETER.sub("c1", declared.path)


@pytest.mark.one_database
def test_a_key_that_may_only_submit_learns_nothing_of_what_became_of_a_comment(
    app: Flask, database: Database, site: Site
) -> None:
    form = may(app, database, site, Scope.SUBMIT)
    first = form.send("c1")
    assert first.status_code == 202
    classify(database)
    again = form.send("c1")
    assert (again.status_code, again.get_json()) == (202, first.get_json())
    batch = form("POST", "/v1/comments/batch", json={"comments": [{"id": "c1", "text": LONG_ENOUGH}]}).get_json()
    assert batch["results"][0]["comment"] == first.get_json()


@pytest.mark.one_database
def test_a_key_that_may_only_submit_has_no_verdict_sent_anywhere(app: Flask, database: Database, site: Site) -> None:
    form = may(app, database, site, Scope.SUBMIT)
    refused = form.send("c1", callback_url="https://evil.example/")
    assert (refused.status_code, refused.get_json()["scope"]) == (403, "read")
    both = may(app, database, site, Scope.SUBMIT, Scope.READ)
    assert both.send("c1", callback_url="https://cms.example/").status_code == 202


@pytest.mark.one_database
def test_a_key_that_may_only_submit_brings_an_article_and_replaces_none(
    app: Flask, database: Database, site: Site, call: Caller
) -> None:
    form = may(app, database, site, Scope.SUBMIT)
    for number, title in enumerate(("The bridge", "Buy our pills")):
        assert form.send(f"c{number}", article={"id": "a1", "title": title}).status_code == 202
    assert call("GET", "/v1/articles/a1").get_json()["title"] == "The bridge"
    call.send("c3", article={"id": "a1", "title": "The new bridge"})
    assert call("GET", "/v1/articles/a1").get_json()["title"] == "The new bridge"


@pytest.mark.one_database
def test_an_expired_key_is_told_so_and_a_wrong_secret_is_not(app: Flask, database: Database, site: Site) -> None:
    with database.write() as session:
        expired = keys.create(session, site.id, "cms", expires_at=utc_now() - timedelta(seconds=1))
        other = keys.create(session, site.id, "cms")
    answer = Caller(app.test_client(), expired)("GET", "/v1/policy")
    assert (answer.status_code, "expired" in answer.get_json()["detail"]) == (401, True)
    body = expired[:17] + other[17:-6]
    guessed = Caller(app.test_client(), body + keys._checksum(body))("GET", "/v1/policy")
    assert (guessed.status_code, "expired" in guessed.get_json()["detail"]) == (401, False)


@pytest.mark.one_database
def test_a_key_neither_learns_the_answers_to_another_one_nor_takes_its_idempotency_keys(
    app: Flask, database: Database, site: Site, call: Caller
) -> None:
    form = may(app, database, site, Scope.SUBMIT)
    named = {"Idempotency-Key": "order-1"}
    body = {"comments": [{"id": "c1", "text": LONG_ENOUGH}]}
    assert form("POST", "/v1/comments/batch", json=body | {"comments": []}, headers=named).status_code == 422
    call.send("c1")
    classify(database)
    full = call("POST", "/v1/comments/batch", json=body, headers=named).get_json()
    again = form("POST", "/v1/comments/batch", json=body, headers=named).get_json()
    assert (full["results"][0]["comment"]["status"], again["results"][0]["comment"]["status"]) == (
        "approved",
        "pending",
    )


@pytest.mark.parametrize(("scopes", "is_believed"), [((Scope.SUBMIT,), False), ((Scope.SUBMIT, Scope.READ), True)])
def test_a_key_that_readers_may_have_vouches_for_no_author(
    app: Flask, database: Database, site: Site, scopes: tuple[Scope, ...], is_believed: bool
) -> None:
    with database.write() as session:
        standings.set_to(session, site.id, "editor", Standing.STAFF, reason="Ours.", by=LEA)
    body = {"id": "c-1", "text": LONG_ENOUGH, "author": {"id": "editor"}}
    assert may(app, database, site, *scopes)("POST", "/v1/comments", json=body).status_code == 202
    with database.write() as session:
        comment = intake.require(session, site.id, "c-1")
        known = authors.facts_for(session, comment, Rules())
        assert known is not None
        assert (known.standing is Standing.STAFF) is is_believed
    classify(database, verdict=Verdict.REJECT)
    with database.read() as session:
        assert (session.scalar(select(func.count()).select_from(Strike)) == 1) is is_believed
        standings.set_to(session, site.id, "editor", Standing.BLOCKED, reason="Gone.", by=LEA)
        known = authors.facts_for(session, comment, Rules())
        assert known is not None
        assert known.standing is Standing.BLOCKED
