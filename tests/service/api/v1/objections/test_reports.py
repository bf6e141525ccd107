"""Readers' reports by API: a raid that changes nothing, an honest reporter who does, and who may say who reports."""

from typing import Any

import pytest
from sqlalchemy import func, select

from service.accounts import keys
from service.db import Database
from service.models import AuditEntry, Comment, Decision, Report, Site
from service.moderation.upkeep import invariants
from service.vocabulary import CommentStatus, Event, Scope, Source, Verdict
from tests.service.api.conftest import Caller
from tests.support.comments import classify, moderate, reread
from tests.support.outbox import listen, owed
from tests.support.reported import known, outcomes

RAID = 300
PATH = "/v1/comments/c1/reports"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"MODERATO_RATE_LIMIT_PER_MINUTE": "100000"}


@pytest.fixture
def published(call: Caller, database: Database) -> Comment:
    call.send("c1")
    (comment_id,) = classify(database)
    return reread(database, comment_id)


def file(call: Caller, reporter: str = "r-1", kind: str = "abuse", **fields: Any) -> Any:
    return call("POST", PATH, json={"kind": kind, "reporter": {"id": reporter}} | fields)


def test_a_raid_changes_nothing_and_one_honest_reporter_does(
    call: Caller, database: Database, site: Site, published: Comment
) -> None:
    listen(database, site)
    for number in range(20):  # who were wrong before; the others are new
        known(database, site, f"raider-{number}", 0, number)
    for number in range(RAID):
        assert file(call, f"raider-{number}").status_code == 201
    assert reread(database, published.id).status is CommentStatus.APPROVED
    assert owed(database) == []

    known(database, site, "ines", 8, 2)
    assert file(call, "ines", words="He gives the address of a neighbour.").status_code == 201
    comment = reread(database, published.id)
    assert (comment.status, comment.reason) == (CommentStatus.HELD, "reported")
    (delivery,) = owed(database)
    assert delivery.event is Event.HELD
    with database.read() as session:
        held = session.scalars(select(Decision).where(Decision.source == Source.READERS)).one()
        assert (held.from_status, held.to_status) == (CommentStatus.APPROVED, CommentStatus.HELD)
        assert held.reasons[0]["text"] == f"reported by {RAID + 1} readers: abuse"
        assert session.scalar(select(func.count()).where(AuditEntry.action == "comment.hold_reported")) == 1
        assert session.scalar(select(func.count()).select_from(Report)) == RAID + 1
    assert call("GET", "/v1/comments/c1").get_json()["reasons"][0]["code"] == "reported"


def test_one_reporter_reports_a_text_once(call: Caller, database: Database, published: Comment) -> None:
    first, again = file(call), file(call, kind="spam")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert again.get_json()["kind"] == "abuse"
    assert outcomes(database, published) == ["open"]


@pytest.mark.one_database
def test_an_email_address_is_one_reporter_and_is_kept_nowhere(
    call: Caller, database: Database, published: Comment
) -> None:
    written = (" Ines@Example.org", "ines@example.org ")
    answers = [call("POST", PATH, json={"kind": "spam", "reporter": {"email": email}}) for email in written]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].get_json()["reporter_id"] is None
    with database.read() as session:
        report = session.scalars(select(Report)).one()
        assert "ines" not in "".join(str(value) for value in vars(report).values()).lower()


@pytest.mark.one_database
def test_an_unknown_kind_is_refused_with_the_kinds_of_the_site(call: Caller, published: Comment) -> None:
    call("PUT", "/v1/policy", json={"report_kinds": ["hate", "spam"]})
    problem = file(call, kind="abuse").get_json()
    assert (problem["status"], problem["kinds"]) == (422, ["hate", "spam"])
    assert problem["errors"][0]["pointer"] == "#/kind"
    assert "hate, spam" in problem["errors"][0]["detail"]
    call("PUT", "/v1/policy", json={"report_kinds": []})
    assert "takes no reports" in file(call).get_json()["detail"]


@pytest.mark.one_database
@pytest.mark.parametrize("reporter", [{}, {"id": ""}, {"email": "nobody"}])
def test_a_report_says_who_reports(call: Caller, published: Comment, reporter: dict[str, str]) -> None:
    assert call("POST", PATH, json={"kind": "spam", "reporter": reporter}).status_code == 422


@pytest.mark.one_database
def test_a_key_that_readers_can_see_does_not_say_who_reports(
    call: Caller, database: Database, site: Site, published: Comment
) -> None:
    with database.write() as session:
        seen = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,))
    answer = file(Caller(call.client, seen))
    assert (answer.status_code, answer.get_json()["scope"]) == (403, "read")


def test_what_readers_do_not_see_is_reported_without_effect(call: Caller, database: Database, site: Site) -> None:
    known(database, site, "ines", 8, 2)
    call.send("c1")
    assert file(call, "ines").status_code == 201
    (comment_id,) = classify(database, Verdict.REJECT)
    assert reread(database, comment_id).status is CommentStatus.REJECTED
    assert outcomes(database, reread(database, comment_id)) == ["open"]


def test_what_moderators_let_be_needs_more_weight_the_next_time(
    call: Caller, database: Database, site: Site, published: Comment
) -> None:
    for name in ("ines", "jon", "kim"):
        known(database, site, name, 8, 2)
    file(call, "ines")
    moderate(database, reread(database, published.id), Verdict.APPROVE)
    file(call, "jon")
    assert reread(database, published.id).status is CommentStatus.APPROVED
    file(call, "kim")
    assert reread(database, published.id).status is CommentStatus.HELD


@pytest.mark.one_database
def test_a_site_without_a_threshold_keeps_reports_and_holds_nothing(
    call: Caller, database: Database, site: Site, published: Comment
) -> None:
    call("PUT", "/v1/policy", json={"reports_hold_at": None})
    known(database, site, "ines", 80, 2)
    file(call, "ines")
    assert reread(database, published.id).status is CommentStatus.APPROVED


def test_the_site_reads_what_became_of_a_report_until_the_comment_is_erased(
    call: Caller, database: Database, published: Comment
) -> None:
    file(call, words="Second time today.")
    moderate(database, published, Verdict.REJECT)
    (report,) = call("GET", PATH).get_json()["reports"]
    assert (report["reporter_id"], report["words"], report["outcome"]) == ("r-1", "Second time today.", "upheld")
    erased = call("DELETE", "/v1/comments/c1")
    assert erased.get_json()["reports"] == 1
    assert call("GET", PATH).get_json()["reports"][0]["words"] == ""
    assert file(call, "r-2").status_code == 409
    with database.read() as session:
        assert invariants.audit(session) == []


@pytest.mark.one_database
def test_a_reporters_record_is_its_sites_own(
    call: Caller, other_call: Caller, database: Database, other_site: Site, published: Comment
) -> None:
    known(database, other_site, "ines", 8, 2)
    file(call, "ines")
    assert reread(database, published.id).status is CommentStatus.APPROVED
