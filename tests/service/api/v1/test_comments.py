"""Rules of sending, editing, erasing and asking for comments."""

from datetime import timedelta

import pytest
from rq import Queue

from service.clock import rfc3339, utc_now
from service.db import Database
from service.models import Comment
from service.moderation.decisions import claims, decisions
from service.queues import CLASSIFICATION, Queues
from service.vocabulary import Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.support.comments import judged


def test_a_new_comment_is_accepted_with_where_to_follow_it(call: Caller) -> None:
    answer = call.send("c1")
    assert answer.status_code == 202
    assert answer.headers["Location"] == "/v1/comments/c1"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json is not None
    assert answer.json["status"] == "pending"
    assert answer.json["verdict"] is None
    assert answer.json["length"] == len(LONG_ENOUGH)


def test_a_stored_comment_wakes_a_worker(call: Caller, queues: Queues) -> None:
    call.send("c1")
    assert Queue(CLASSIFICATION, connection=queues.redis).count == 1


def test_the_same_id_with_the_same_text_is_what_exists(call: Caller) -> None:
    call.send("c1")
    again = call.send("c1")
    assert again.status_code == 200
    assert again.json is not None
    assert again.json["text"] == LONG_ENOUGH


def test_the_same_id_with_another_text_is_a_conflict(call: Caller) -> None:
    call.send("c1")
    assert call.send("c1", LONG_ENOUGH + "!").status_code == 409


def test_a_comment_below_the_minimum_is_told_its_length_and_the_minimum(call: Caller) -> None:
    answer = call.send("c1", "Too short.")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert (answer.json["code"], answer.json["length"], answer.json["minimum"]) == ("comment_too_short", 10, 50)
    assert answer.json["errors"][0]["pointer"] == "#/text"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("é" * 49, 49),
        ("e\u0301" * 49, 49),  # combining marks belong to their letter
        ("👨‍👩‍👧‍👦" * 49, 49),  # a family is one character
        ("橋" * 49, 49),
        ("  a   b  " + "c" * 45, 49),  # white space is trimmed and collapsed
    ],
)
def test_length_is_counted_as_a_reader_would(call: Caller, text: str, length: int) -> None:
    answer = call.send("c1", text)
    assert answer.json is not None
    assert (answer.status_code, answer.json["length"]) == (422, length)


def test_an_edit_is_a_new_revision_that_waits_for_a_verdict_again(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.APPROVE)
    before = call("GET", "/v1/comments/c1")
    answer = call("PUT", "/v1/comments/c1", json={"text": LONG_ENOUGH + " Again."})
    assert answer.status_code == 202
    after = call("GET", "/v1/comments/c1")
    assert before.json is not None
    assert after.json is not None
    assert before.json["status"] == "approved"
    assert (after.json["status"], after.json["revision"], after.json["reasons"]) == ("pending", 2, [])
    assert after.json["text"].endswith("Again.")
    assert before.headers["ETag"] != after.headers["ETag"]


def test_an_edit_to_the_same_text_changes_nothing(call: Caller) -> None:
    call.send("c1")
    answer = call("PUT", "/v1/comments/c1", json={"text": LONG_ENOUGH})
    assert answer.json is not None
    assert (answer.status_code, answer.json["version"]) == (200, 1)


def test_of_two_edits_the_one_whose_text_was_read_later_counts(call: Caller) -> None:
    early, late = "2026-11-22T10:00:00.100Z", "2026-11-22T10:00:00.200Z"
    call.send("c1", changed_at=early)
    assert call("PUT", "/v1/comments/c1", json={"text": f"{LONG_ENOUGH} B", "changed_at": late}).status_code == 202
    refused = call("PUT", "/v1/comments/c1", json={"text": f"{LONG_ENOUGH} A", "changed_at": early})
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (409, "outdated")
    # The same text again, read later, is the newest state too.
    later = "2026-11-22T10:00:00.400Z"
    assert call("PUT", "/v1/comments/c1", json={"text": f"{LONG_ENOUGH} B", "changed_at": later}).status_code == 200
    between = {"text": f"{LONG_ENOUGH} C", "changed_at": "2026-11-22T10:00:00.300Z"}
    assert call("PUT", "/v1/comments/c1", json=between).status_code == 409
    assert (
        call("PUT", "/v1/comments/c1", json={"text": f"{LONG_ENOUGH} D"}).status_code == 202
    )  # who says no time is not ordered


def test_a_clock_that_is_far_ahead_keeps_no_later_edit_out(call: Caller) -> None:
    call.send("c1", changed_at="2199-01-01T00:00:00Z")
    edit = {"text": f"{LONG_ENOUGH} B", "changed_at": rfc3339(utc_now() + timedelta(seconds=1))}
    assert call("PUT", "/v1/comments/c1", json=edit).status_code == 202


def test_erasing_removes_text_and_author_and_can_be_done_twice(call: Caller) -> None:
    call.send("c1", author={"id": "u1", "name": "Ada"})
    assert call("DELETE", "/v1/comments/c1").json["comments"] == 1
    again = call("DELETE", "/v1/comments/c1")
    assert (again.status_code, set(again.json.values())) == (200, {0})
    comment = call("GET", "/v1/comments/c1").json
    assert comment is not None
    assert (comment["text"], comment["author"], comment["status"]) == ("", None, "rejected")
    assert comment["erased_at"] is not None
    assert call.send("c1").status_code == 409, "an erased id is not used twice"


def test_an_unchanged_comment_is_not_sent_again(call: Caller) -> None:
    call.send("c1")
    etag = call("GET", "/v1/comments/c1").headers["ETag"]
    answer = call("GET", "/v1/comments/c1", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.get_data()) == (304, b"")


def decide(database: Database, verdict: Verdict) -> None:
    """Record the policy's verdict on the one comment that waits."""
    with database.write() as session:
        claim = claims.claim(session, limit=1, lease_seconds=60, max_attempts=5)
        assert claim is not None
        comment = session.get_one(Comment, claim.comment_ids[0], populate_existing=True)
        decisions.record_judgement(session, comment, judged(verdict), token=claim.token, policy_version=0, vector=None)
