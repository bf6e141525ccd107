"""Decisions: every transition leaves one row, and a latecomer changes nothing and gets an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from service.db import Database
from service.errors import Conflict
from service.models import Comment, Decision, Site
from service.moderation.decisions import decisions
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Source, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit


def decided(database: Database, site: Site, verdict: Verdict, external_id: str = "c-1") -> Comment:
    comment = submit(database, site.id, external_id, f"{TEXT} {external_id}")
    classify(database, verdict)
    return reread(database, comment.id)


def record(database: Database) -> list[Decision]:
    with database.read() as session:
        return list(session.scalars(select(Decision).order_by(Decision.created_at, Decision.id)))


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (Verdict.APPROVE, CommentStatus.APPROVED),
        (Verdict.HOLD, CommentStatus.HELD),
        (Verdict.REJECT, CommentStatus.REJECTED),
    ],
)
def test_a_verdict_moves_the_comment_and_leaves_a_row(
    database: Database, site: Site, verdict: Verdict, status: CommentStatus
) -> None:
    comment = decided(database, site, verdict)
    assert (comment.status, comment.verdict, comment.version) == (status, verdict, 2)
    assert comment.decided_at is not None
    assert (comment.claim_token, comment.claimed_until) == (None, None)
    (row,) = record(database)
    assert (row.from_status, row.to_status, row.source) == (CommentStatus.PENDING, status, Source.POLICY)


@pytest.mark.parametrize(
    ("stands", "verdict", "outcome"),
    [
        (Verdict.HOLD, Verdict.APPROVE, CommentStatus.APPROVED),
        (Verdict.HOLD, Verdict.REJECT, CommentStatus.REJECTED),
        (Verdict.APPROVE, Verdict.REJECT, CommentStatus.REJECTED),
        (Verdict.REJECT, Verdict.APPROVE, CommentStatus.APPROVED),
    ],
)
def test_a_moderator_decides_and_overturns(
    database: Database, site: Site, stands: Verdict, verdict: Verdict, outcome: CommentStatus
) -> None:
    comment = decided(database, site, stands)
    assert moderate(database, comment, verdict) is not None
    assert reread(database, comment.id).status is outcome
    last = record(database)[-1]
    assert (last.source, last.actor, last.from_status, last.to_status) == (
        Source.MODERATOR, "Ada", comment.status, outcome,
    )  # fmt: skip


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_same_verdict_again_is_a_no_op_even_from_a_stale_page(
    database: Database, site: Site, verdict: Verdict
) -> None:
    comment = decided(database, site, verdict)
    comment.version -= 1
    assert moderate(database, comment, verdict) is None
    assert len(record(database)) == 1
    assert reread(database, comment.id).version == 2


def test_a_stale_page_is_a_conflict_that_names_the_version_now(database: Database, site: Site) -> None:
    comment = decided(database, site, Verdict.HOLD)
    moderate(database, comment, Verdict.APPROVE)
    with pytest.raises(Conflict) as refusal:
        moderate(database, comment, Verdict.REJECT)
    assert refusal.value.extra == {"version": 3, "status_now": "approved"}
    assert reread(database, comment.id).status is CommentStatus.APPROVED


def test_an_edit_makes_the_moderators_page_stale(database: Database, site: Site) -> None:
    comment = decided(database, site, Verdict.HOLD)
    with database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Mended.", Rules())
    with pytest.raises(Conflict):
        moderate(database, comment, Verdict.APPROVE)
    classify(database, Verdict.HOLD)
    with pytest.raises(Conflict):
        moderate(database, comment, Verdict.APPROVE)


def test_nobody_decides_on_a_comment_that_is_being_classified(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    with pytest.raises(Conflict, match="still being classified"):
        moderate(database, comment, Verdict.APPROVE)


def test_a_decided_comment_is_not_put_back_into_review(database: Database, site: Site) -> None:
    comment = decided(database, site, Verdict.APPROVE)
    with pytest.raises(Conflict, match="cannot be held again"):
        moderate(database, comment, Verdict.HOLD)


def test_nobody_decides_on_an_erased_comment(database: Database, site: Site) -> None:
    comment = decided(database, site, Verdict.APPROVE)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    with pytest.raises(Conflict, match="erased"):
        moderate(database, comment, Verdict.REJECT)


def test_of_two_moderators_at_once_one_decides_and_the_other_is_told(database: Database, site: Site) -> None:
    comment = decided(database, site, Verdict.HOLD)

    def act(verdict: Verdict) -> str:
        try:
            return "decided" if moderate(database, comment, verdict) else "no-op"
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(6) as pool:
        ends = list(pool.map(act, [Verdict.APPROVE, Verdict.REJECT] * 3))
    assert ends.count("decided") == 1
    assert len(record(database)) == 2


def test_giving_up_needs_the_claim_it_saw(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    with database.write() as session, pytest.raises(decisions.Fenced):
        decisions.record_giving_up(
            session, session.get_one(Comment, comment.id), decisions.Reason.UNCLASSIFIED, token="another"
        )
    assert record(database) == []
