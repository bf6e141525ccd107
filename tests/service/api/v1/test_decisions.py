"""Rules of a moderator's verdict by API."""

import pytest

from service.db import Database
from service.vocabulary import Verdict
from tests.service.api.conftest import Caller
from tests.service.api.v1.test_comments import decide


def verdict(call: Caller, name: str, version: int, **fields: object) -> tuple[int, dict[str, object]]:
    answer = call("POST", "/v1/comments/c1/decisions", json={"verdict": name, "expected_version": version, **fields})
    assert answer.json is not None
    return answer.status_code, answer.json


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [
        (Verdict.HOLD, "approve", "approved"),
        (Verdict.HOLD, "reject", "rejected"),
        (Verdict.APPROVE, "reject", "rejected"),
        (Verdict.REJECT, "approve", "approved"),
    ],
)
def test_a_decided_or_held_comment_can_be_decided_by_a_moderator(
    call: Caller, database: Database, first: Verdict, then: str, status: str
) -> None:
    call.send("c1")
    decide(database, first)
    code, comment = verdict(call, then, 2, reason="fair", note="Sharp but fair.")
    assert (code, comment["status"], comment["verdict"]) == (201, status, then)
    decisions = comment["decisions"]
    assert isinstance(decisions, list)
    assert [decision["source"] for decision in decisions] == ["policy", "moderator"]
    assert (decisions[1]["actor"], decisions[1]["note"]) == ("cms", "Sharp but fair.")
    assert comment["reasons"][0]["code"] == "fair"  # type: ignore[index]


def test_a_stale_version_is_a_conflict_that_explains_itself(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.HOLD)
    code, problem = verdict(call, "approve", 1)
    assert (code, problem["code"], problem["version"]) == (409, "conflict", 2)


def test_the_same_verdict_twice_changes_nothing(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.HOLD)
    assert verdict(call, "approve", 2)[0] == 201
    code, comment = verdict(call, "approve", 2)
    assert (code, comment["version"]) == (200, 3)


def test_a_pending_comment_cannot_be_decided(call: Caller) -> None:
    call.send("c1")
    assert verdict(call, "approve", 1)[0] == 409


def test_an_erased_comment_cannot_be_decided(call: Caller) -> None:
    call.send("c1")
    call("DELETE", "/v1/comments/c1")
    assert verdict(call, "approve", 3)[0] == 409


def test_a_comment_is_not_put_back_into_review(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.APPROVE)
    assert verdict(call, "hold", 2)[0] == 422
