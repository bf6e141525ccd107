"""A lead decides on a legal notice: author and notifier hear of it with redress, once it can no longer be undone."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.errors import Conflict, Invalid, NotFound
from service.models import (
    AuditEntry,
    Comment,
    Delivery,
    DeliveryState,
    LegalGround,
    LegalNotice,
    LegalNoticeState,
    Moderator,
    RejectionReason,
    Site,
)
from service.models.moderator import Role
from service.moderation.callbacks import payloads
from service.moderation.erasure import erasing
from service.moderation.legal_notices import cases, deciding
from service.moderation.legal_notices.deciding import NoticeDecision
from service.vocabulary import CommentStatus, Event, Verdict
from tests.support.actors import CMS
from tests.support.comments import classify, submit
from tests.support.comments import reread as comment_now
from tests.support.console import add_moderator
from tests.support.legal_notices import EMAIL, receive, reread
from tests.support.outbox import listen, owed, settle, take

LEFT = NoticeDecision(state=LegalNoticeState.LEFT_PUBLISHED, answer="We find it lawful.", redress="Complain to us.")
TAKEN = replace(LEFT, state=LegalNoticeState.TAKEN_DOWN, answer="We removed it.", sentence="A court forbade it.")


@pytest.fixture
def lead(database: Database, site: Site) -> Moderator:
    return add_moderator(database, "lea@gazette.example", "Lea", gazette=Role.LEAD)


@pytest.fixture
def comment(database: Database, site: Site) -> Comment:
    """A published comment."""
    comment = submit(database, site.id, "c-0")
    classify(database)
    return comment_now(database, comment.id)


def decide(
    database: Database, lead: Moderator, legal_notice: LegalNotice, outcome: NoticeDecision, seconds: float = 10
) -> LegalNotice:
    with database.write() as session:
        return deciding.decide(
            session, legal_notice.site_id, lead, legal_notice.id, outcome, undo_seconds=seconds
        )  # fmt: skip


def undo(database: Database, lead: Moderator, legal_notice: LegalNotice) -> None:
    with database.write() as session:
        deciding.undo(session, legal_notice.site_id, lead, legal_notice.id)


def told(database: Database) -> dict[str, Any]:
    """Return what is owed to the CMS and not withdrawn, by event; of the comment's history only the last."""
    with database.read() as session:
        return {
            delivery.event.value: payloads.payload(session, delivery)["data"]
            for delivery in owed(database)
            if delivery.state is not DeliveryState.WITHDRAWN
        }


def test_a_comment_is_taken_down_as_any_moderators_rejection_with_the_statement_of_reasons(
    database: Database, lead: Moderator, comment: Comment, site: Site
) -> None:
    listen(database, site)
    listen(database, site, "https://cms.example/legal", events=[Event.LEGAL_NOTICE_DECIDED.value])
    legal_notice = receive(database, site)
    decide(database, lead, legal_notice, replace(TAKEN, version=comment.version, provision="§ 186 StGB"))
    now = reread(database, legal_notice)
    assert (now.state, now.actor, now.ground) == (LegalNoticeState.TAKEN_DOWN, "Lea", LegalGround.ILLEGAL)
    assert comment_now(database, comment.id).status is CommentStatus.REJECTED
    said = told(database)
    (reason,) = said["comment.overturned"]["reasons"]
    assert (reason["sentence"], reason["ground"], reason["provision"]) == (
        "A court forbade it.",
        "illegal",
        "§ 186 StGB",
    )
    assert (reason["automated_detection"], reason["automated_decision"], reason["code"]) == (
        False, False, "illegal_content"
    )  # fmt: skip
    assert "object" in reason["redress"]
    answered = said["legal_notice.decided"]
    assert (answered["outcome"], answered["answer"], answered["redress"]) == (
        "taken_down", "We removed it.", "Complain to us."
    )  # fmt: skip
    assert (answered["comment_id"], answered["notifier"]["email"], answered["automated_means"]) == ("c-0", EMAIL, False)
    with database.read() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert acts == ["legal_notice.received", "comment.decide", "legal_notice.taken_down"]


def test_the_sites_own_sentence_for_illegal_content_is_the_authors_unless_the_lead_writes_another(
    database: Database, lead: Moderator, comment: Comment, site: Site
) -> None:
    with database.write() as session:
        own = RejectionReason(site_id=site.id, code="illegal_content", label="Illegal", sentence="Ours.", active=False)
        session.add(own)
    listen(database, site)
    decide(database, lead, receive(database, site), replace(TAKEN, version=comment.version, sentence=" "))
    assert told(database)["comment.overturned"]["reasons"][0]["sentence"] == "Ours."


def test_a_comment_that_is_left_published_keeps_its_status_and_its_author_hears_nothing(
    database: Database, lead: Moderator, comment: Comment, site: Site
) -> None:
    listen(database, site)
    listen(database, site, "https://cms.example/legal", events=[Event.LEGAL_NOTICE_DECIDED.value])
    decide(database, lead, receive(database, site), replace(LEFT, version=comment.version))
    assert comment_now(database, comment.id).version == comment.version
    said = told(database)
    assert list(said) == ["legal_notice.decided"]
    assert said["legal_notice.decided"]["outcome"] == "left_published"


def test_a_legal_notice_is_decided_once_and_with_an_answer_and_redress(
    database: Database, lead: Moderator, comment: Comment, site: Site
) -> None:
    legal_notice = receive(database, site)
    for lacking in ({"answer": " "}, {"redress": ""}):
        with pytest.raises(Invalid):
            decide(database, lead, legal_notice, replace(LEFT, version=comment.version, **lacking))
    decide(database, lead, legal_notice, replace(LEFT, version=comment.version))
    with pytest.raises(Conflict):
        decide(database, lead, legal_notice, replace(TAKEN, version=comment.version))
    assert comment_now(database, comment.id).status is CommentStatus.APPROVED, "nothing of a refused decision stays"


@pytest.mark.parametrize("outcome", [LEFT, TAKEN])
def test_no_decision_is_taken_on_a_text_that_the_page_did_not_show(
    database: Database, lead: Moderator, comment: Comment, site: Site, outcome: NoticeDecision
) -> None:
    legal_notice = receive(database, site)
    for shown in (comment.version - 1, None):
        with pytest.raises(Conflict, match="The comment has changed"):
            decide(database, lead, legal_notice, replace(outcome, version=shown, answer=" "))
    assert reread(database, legal_notice).state is LegalNoticeState.OPEN


def test_what_names_no_comment_is_left_or_gets_its_comment_from_the_lead(
    database: Database, lead: Moderator, comment: Comment, site: Site, other_site: Site
) -> None:
    submit(database, other_site.id, "theirs")
    legal_notice = receive(database, site, location="the third one under the bridge")
    with pytest.raises(Invalid):
        decide(database, lead, legal_notice, replace(TAKEN, version=1))
    with database.write() as session, pytest.raises(NotFound):
        deciding.name_comment(session, site.id, lead, legal_notice.id, "theirs")
    with database.write() as session:
        deciding.name_comment(session, site.id, lead, legal_notice.id, "c-0")
    decide(database, lead, legal_notice, replace(TAKEN, version=comment.version))
    assert comment_now(database, comment.id).status is CommentStatus.REJECTED


def test_what_is_down_already_counts_as_taken_down_without_a_second_decision(
    database: Database, lead: Moderator, site: Site
) -> None:
    for external_id in ("rejected", "erased"):
        submit(
            database, site.id, external_id, text=f"{external_id}: the bridge was paid for in 2019, said the council."
        )
    classify(database, Verdict.REJECT)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "erased", by=CMS)
    for external_id in ("rejected", "erased"):
        legal_notice = receive(database, site, location=external_id)
        with database.read() as session:
            (case,) = cases.waiting(session, site.id)
            assert case.comment is not None
        decided = decide(database, lead, legal_notice, replace(TAKEN, version=case.comment.version))
        assert (decided.state, decided.decision_id) == (LegalNoticeState.TAKEN_DOWN, None)


def test_a_decision_is_undone_before_anybody_hears_of_it_and_not_after(
    database: Database, lead: Moderator, comment: Comment, site: Site
) -> None:
    listen(database, site)
    listen(database, site, "https://cms.example/legal", events=[Event.LEGAL_NOTICE_DECIDED.value])
    legal_notice = receive(database, site)
    decide(database, lead, legal_notice, replace(TAKEN, version=comment.version))
    assert take(database) == [], "both callbacks wait for the undo window"
    with database.read() as session:
        assert not deciding.is_final(session, session.get_one(LegalNotice, legal_notice.id))
    undo(database, lead, legal_notice)
    now = reread(database, legal_notice)
    assert (now.state, now.answer, now.decided_at, now.decision_id) == (LegalNoticeState.OPEN, "", None, None)
    assert comment_now(database, comment.id).status is CommentStatus.APPROVED
    assert told(database) == {}
    decide(database, lead, legal_notice, replace(LEFT, version=comment_now(database, comment.id).version), seconds=0)
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(-1)))
        session.execute(update(LegalNotice).values(undo_until=database_now(-1)))
    for claimed in take(database):
        settle(database, claimed)
    with pytest.raises(Conflict):
        undo(database, lead, legal_notice)
    assert reread(database, legal_notice).state is LegalNoticeState.LEFT_PUBLISHED


def test_an_undo_does_not_touch_a_comment_that_was_decided_again(
    database: Database, lead: Moderator, comment: Comment, site: Site
) -> None:
    legal_notice = receive(database, site)
    decide(database, lead, legal_notice, replace(TAKEN, version=comment.version))
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-0", by=CMS)
    with pytest.raises(Conflict):
        undo(database, lead, legal_notice)
    assert reread(database, legal_notice).state is LegalNoticeState.TAKEN_DOWN


def test_another_sites_legal_notice_is_not_there(
    database: Database, lead: Moderator, comment: Comment, site: Site, other_site: Site
) -> None:
    theirs = receive(database, other_site)
    with database.write() as session:
        assert theirs.comment_id is None, "c-0 is the first site's"
        for act in (
            lambda: deciding.decide(session, site.id, lead, theirs.id, LEFT, undo_seconds=0),
            lambda: deciding.undo(session, site.id, lead, theirs.id),
            lambda: deciding.name_comment(session, site.id, lead, theirs.id, "c-0"),
        ):
            with pytest.raises(NotFound):
                act()
        assert cases.waiting(session, site.id) == []
        assert cases.count_open(session, other_site.id) == 1
