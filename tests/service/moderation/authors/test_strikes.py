"""Strikes: a rejection of an author's text is one, and goes with what takes the rejection back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.clock import utc_now
from service.db import Database, database_now
from service.errors import Conflict
from service.models import Comment, Decision, Moderator, Site, Strike
from service.models.moderator import Role
from service.moderation.actors import of_moderator
from service.moderation.decisions import decisions
from service.moderation.erasure import erasing
from service.moderation.insight.counts import recount
from service.moderation.intake import intake
from service.moderation.judgement.judgement import Judgement, JudgementReason
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.review import appeals
from service.vocabulary import CommentStatus, Reason, Treatment, Verdict
from tests.support.actors import CMS, LEA
from tests.support.authors import COUNTING, file_of, send, strikes
from tests.support.comments import TEXT, classify, moderate, reread, submit, take
from tests.support.console import add_moderator


def test_a_rejection_is_a_strike_and_overturning_it_none(database: Database, site: Site) -> None:
    comment = send(database, site, 1, Verdict.REJECT)
    assert strikes(database) == 1
    moderate(database, comment, Verdict.APPROVE)
    assert strikes(database) == 0
    moderate(database, reread(database, comment.id), Verdict.REJECT)
    assert strikes(database) == 1


def test_taking_a_rejection_back_removes_its_strike_and_taking_an_approval_back_restores_the_old_one(
    database: Database, site: Site
) -> None:
    ana = add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR)
    held = send(database, site, 1, Verdict.HOLD)
    rejection = moderate(database, held, Verdict.REJECT, delay=60)
    undo(database, held.id, rejection, ana)
    assert (strikes(database), reread(database, held.id).status) == (0, CommentStatus.HELD)

    rejected = send(database, site, 2, Verdict.REJECT)
    with database.write() as session:
        first = session.scalars(select(Strike)).one()
        first.created_at = old = utc_now() - timedelta(days=3)
        session.execute(update(Decision).where(Decision.id == first.decision_id).values(created_at=old))
        recount.mend(session)  # the figures follow no decision whose time is changed by hand
    approval = moderate(database, rejected, Verdict.APPROVE, delay=60)
    assert strikes(database) == 0
    undo(database, rejected.id, approval, ana)
    with database.read() as session:
        restored = session.scalars(select(Strike)).one()
    assert (restored.decision_id, restored.created_at) == (first.decision_id, old)


def undo(database: Database, comment_id: str, decision_id: str | None, by: Moderator) -> None:
    with database.write() as session:
        comment = session.get_one(Comment, comment_id)
        decision = session.get_one(Decision, decision_id)
        decisions.undo(session, comment, decision, expected_version=comment.version, by=of_moderator(by))


def test_an_appeal_that_is_granted_removes_the_strike_and_one_that_is_not_keeps_it(
    database: Database, site: Site
) -> None:
    ana = add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR)
    for number, overturn in ((1, False), (2, True)):
        comment = send(database, site, number, Verdict.REJECT)
        with database.write() as session:
            appeal, _ = appeals.lodge(session, session.get_one(Comment, comment.id), "I meant no harm.", by=LEA)
            appeals.decide(session, site.id, ana, appeal.id, overturn=overturn)
    with database.read() as session:
        assert session.scalars(select(Comment.external_id).join(Strike)).all() == ["c-1"]


@pytest.mark.parametrize(
    ("reasons", "counts"),
    [
        ([Reason.TOO_SHORT], False),
        ([Reason.DUPLICATE], False),
        ([Reason.AUTHOR_BLOCKED], False),
        ([Reason.TOO_SHORT, Reason.BLOCKED_TERM], True),
        ([Reason.TOXIC], True),
    ],
)
def test_form_alone_and_a_block_are_no_strikes(
    database: Database, site: Site, reasons: list[Reason], counts: bool
) -> None:
    comment = submit(database, site.id, author_id="u-1")
    claim = take(database)
    assert claim is not None
    reasons = tuple(JudgementReason(verdict=Verdict.REJECT, reason=reason) for reason in reasons)
    with database.write() as session:
        decisions.record_judgement(
            session,
            session.get_one(Comment, comment.id),
            Judgement(verdict=Verdict.REJECT, reasons=reasons),
            token=claim.token,
            policy_version=0,
            vector=None,
        )
    assert strikes(database) == counts


def test_a_comment_without_an_author_gives_nobody_a_strike(database: Database, site: Site) -> None:
    submit(database, site.id)
    classify(database, Verdict.REJECT)
    assert strikes(database) == 0


def test_an_edit_does_not_wash_a_strike_off_and_a_second_rejected_text_is_a_second_one(
    database: Database, site: Site
) -> None:
    comment = send(database, site, 1, Verdict.REJECT)
    for text, verdict, amount in ((f"{TEXT} Edited.", Verdict.APPROVE, 1), (f"{TEXT} Again.", Verdict.REJECT, 2)):
        with database.write() as session:
            intake.edit(session, site.id, comment.external_id, text, Rules())
        assert strikes(database) == 1
        classify(database, verdict)
        assert strikes(database) == amount


def test_two_moderators_on_two_comments_give_two_strikes_and_on_one_comment_one(database: Database, site: Site) -> None:
    held = [send(database, site, number, Verdict.HOLD) for number in range(8)]

    def reject(comment: Comment) -> bool:
        try:
            return moderate(database, comment, Verdict.REJECT) is not None
        except Conflict:
            return False

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(reject, [comment for comment in held for _ in range(2)]))
    assert sum(done) == strikes(database) == 8
    assert file_of(database, site).facts.strikes == 8


def test_rejecting_and_overturning_at_once_never_leaves_a_strike_without_its_rejection(
    database: Database, site: Site
) -> None:
    comment = send(database, site, 1, Verdict.HOLD)

    def flip(number: int) -> None:
        try:
            seen = reread(database, comment.id)
            moderate(database, seen, Verdict.REJECT if number % 2 else Verdict.APPROVE)
        except Conflict:
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(flip, range(24)))
    rejected = reread(database, comment.id).status is CommentStatus.REJECTED
    assert strikes(database) == rejected


def test_a_strike_expires_with_the_clock_and_the_rules_say_when(database: Database, site: Site) -> None:
    with database.write() as session:
        policies.activate(session, site.id, COUNTING, author="Lea")
    for number in range(2):
        send(database, site, number, Verdict.REJECT)
    assert file_of(database, site).treatment is Treatment.STRUCK
    with database.write() as session:
        aged = select(Strike.comment_id).limit(1).scalar_subquery()
        session.execute(
            update(Strike).where(Strike.comment_id == aged).values(created_at=database_now(-30 * 86_400 - 1))
        )
    file = file_of(database, site)
    assert (file.facts.strikes, file.treatment, len(file.strikes)) == (1, Treatment.NEWCOMER, 1)


def test_an_erasure_while_somebody_rejects_leaves_no_strike(database: Database, site: Site) -> None:
    held = [send(database, site, number, Verdict.HOLD) for number in range(6)]

    def erase(_: Comment) -> None:
        with database.write() as session:
            erasing.erase_author(session, site.id, "u-1", by=CMS)

    def reject(comment: Comment) -> None:
        with suppress(Conflict):
            moderate(database, comment, Verdict.REJECT)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (erase if number == 3 else reject)(held[number]), range(6)))
    erase(held[0])
    assert strikes(database) == 0
