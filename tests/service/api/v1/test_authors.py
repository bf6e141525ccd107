"""Authors by API: what is known of them, saying what they are, and what that does to their next comment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.api.v1 import authors
from service.clock import rfc3339, utc_now
from service.db import Database
from service.models import AuditEntry
from service.vocabulary import Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.support.comments import classify

TOMORROW = rfc3339(utc_now() + timedelta(days=1))
YESTERDAY = rfc3339(utc_now() - timedelta(days=1))


def known(call: Caller, author_id: str = "u1") -> dict[str, Any]:
    answer = call("GET", f"/v1/authors/{author_id}")
    assert answer.status_code == 200, answer.text
    authors.AuthorAnswer.model_validate(answer.get_json())
    return dict(answer.get_json())


def test_an_author_is_counts_strikes_standing_and_how_they_are_treated(call: Caller, database: Database) -> None:
    call("PUT", "/v1/policy", json={"hold_newcomers": 3, "strike_limit": 2, "strike_days": 10})
    for number, verdict in enumerate((Verdict.APPROVE, Verdict.REJECT, Verdict.HOLD)):
        call.send(f"c{number}", f"{LONG_ENOUGH} {number}", author={"id": "u1", "name": "Uma"})
        classify(database, verdict)
    call.send("c3", f"{LONG_ENOUGH} 3", author={"id": "u1"})
    author = known(call)
    assert (author["id"], author["name"], author["standing"]) == ("u1", "Uma", None)
    assert author["counts"] == {"approved": 1, "rejected": 1, "held": 1, "pending": 1}
    (strike,) = author["strikes"]
    assert (strike["comment_id"], strike["revision"], author["strikes_in_force"]) == ("c1", 1, 1)
    assert strike["expires_at"] > strike["created_at"]
    assert (author["treatment"], "1 so far" in author["treatment_text"]) == ("newcomer", True)


@pytest.mark.parametrize("standing", ["trusted", "staff", "blocked"])
def test_a_standing_is_set_seen_audited_and_taken_back(call: Caller, database: Database, standing: str) -> None:
    said = {"standing": standing, "reason": "known to us", "until": TOMORROW}
    answer = call("PUT", "/v1/authors/u1", json=said)
    assert answer.status_code == 200, answer.text
    author = known(call)
    assert author == answer.get_json()
    assert {name: author["standing"][name] for name in said} == said
    assert (author["treatment"], author["standing"]["set_by"]) == (standing, "cms")
    assert call("PUT", "/v1/authors/u1", json={"standing": None}).get_json()["standing"] is None
    with database.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "author.standing").order_by(AuditEntry.number)
        ).all()
    assert [(entry.actor, entry.detail["to"]) for entry in entries] == [("cms", standing), ("cms", None)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"standing": "blocked"}, "#/reason"),
        ({"standing": "blocked", "reason": "x" * 501}, "#/reason"),
        ({"standing": "trusted", "until": YESTERDAY}, "#/until"),
        ({"standing": "trusted", "until": "soon"}, "#/until"),
        ({"standing": None, "until": TOMORROW}, "#/until"),
        ({"standing": "king"}, "#/standing"),
        ({"reason": "spam"}, "#/standing"),
        ({"standing": "trusted", "trust": 1}, "#"),
        ({"standing": "trusted", "reason": "two\nlines"}, "#/reason"),
    ],
)
def test_a_standing_that_breaks_a_rule_is_refused_with_the_place(call: Caller, body: Any, pointer: str) -> None:
    answer = call("PUT", "/v1/authors/u1", json=body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert pointer in {error["pointer"] for error in answer.get_json()["errors"]}
    assert call("GET", "/v1/authors/u1").status_code == 404


@pytest.mark.parametrize("author_id", ["nobody", "a%20b", "a%5Cb", "%00", "x" * 201])
def test_somebody_unknown_is_not_found(call: Caller, author_id: str) -> None:
    assert call("GET", f"/v1/authors/{author_id}").status_code == 404


def test_erasing_an_author_takes_the_standing_too(call: Caller) -> None:
    call("PUT", "/v1/authors/u1", json={"standing": "blocked", "reason": "spam"})
    erased = call("DELETE", "/v1/authors/u1/comments").get_json()
    assert erased["author_records"] == 1
    assert call("GET", "/v1/authors/u1").status_code == 404


def test_a_policy_that_trusts_before_it_stops_holding_is_refused(call: Caller) -> None:
    answer = call("PUT", "/v1/policy", json={"hold_newcomers": 5, "trust_after": 4})
    assert answer.status_code == 422
    assert "trust_after must not be below hold_newcomers" in answer.text
