"""Deciding: once, on what was seen, by one moderator at a time, and undone as if it had not been."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.clock import utc_now
from service.db import Database, database_now
from service.models import AuditEntry, Comment, Decision, Delivery, DeliveryState, Note, ReviewAction, Site
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review.queue import queue
from service.moderation.review.queue.queue_filter import QueueFilter
from service.vocabulary import Attribute, CommentStatus, Verdict
from tests.service.console.review.conftest import BASE, SCRIPT, form, now, of
from tests.support.console import Person
from tests.support.held import SAID, Said, hold, judge


def test_approving_records_who_decided_and_leads_to_the_next(ana: Person, comment: Comment, database: Database) -> None:
    following = hold(database, comment.site_id, 1)
    answer = ana.post(of(comment, "/decision"), form(comment, then="next"))
    assert answer.status_code == 303
    assert answer.location == of(following)
    with database.read() as session:
        decision = session.scalars(select(Decision).where(Decision.moderator_id == ana.moderator.id)).one()
    assert (decision.verdict, decision.actor) == (Verdict.APPROVE, "Ana Lima")
    assert now(database, comment).status is CommentStatus.APPROVED


def test_a_rejection_carries_the_sites_reason_and_what_the_author_is_told(
    ana: Person, comment: Comment, database: Database
) -> None:
    ana.post(of(comment, "/decision"), form(comment, "reject", reason="insult", note="third time today"))
    with database.read() as session:
        decision = session.scalars(select(Decision).where(Decision.moderator_id == ana.moderator.id)).one()
    (reason,) = decision.reasons
    assert reason["code"] == "insult"
    assert reason["text"].startswith("Your comment insults")
    assert reason["ground"] == "terms"
    assert reason["automated_decision"] is False
    assert reason["redress"]
    assert decision.note == "third time today"


@pytest.mark.parametrize("fields", [{"verdict": "hold"}, {"verdict": ""}, {"reason": "made-up"}, {"version": "x"}])
def test_a_form_that_decides_nothing_sensible_is_refused(
    ana: Person, comment: Comment, database: Database, fields: dict[str, object]
) -> None:
    assert ana.post(of(comment, "/decision"), form(comment, "reject") | fields).status_code == 400
    assert now(database, comment).status is CommentStatus.HELD


def test_acting_on_a_stale_page_is_a_conflict_that_explains_itself(
    ana: Person, comment: Comment, database: Database
) -> None:
    with database.write() as session:
        intake.edit(session, comment.site_id, comment.external_id, SAID[6].text, Rules())
    judge(database, SAID[6])
    answer = ana.post(of(comment, "/decision"), form(comment))
    assert answer.status_code == 409
    assert "changed since you read it" in answer.text
    assert now(database, comment).status is CommentStatus.HELD


def test_the_same_verdict_twice_is_a_no_op(ana: Person, ben: Person, comment: Comment, database: Database) -> None:
    ana.post(of(comment, "/decision"), form(comment))
    answer = ben.post(of(comment, "/decision"), form(comment), headers=SCRIPT)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["undo"] is None
    with database.read() as session:
        assert len(session.scalars(select(Decision).where(Decision.moderator_id.is_not(None))).all()) == 1


def test_the_other_verdict_on_a_decided_comment_is_a_conflict_for_who_saw_it_waiting(
    ana: Person, ben: Person, comment: Comment
) -> None:
    ana.post(of(comment, "/decision"), form(comment))
    assert ben.post(of(comment, "/decision"), form(comment, "reject")).status_code == 409


def test_undo_within_the_window_leaves_nobody_outside_told(ana: Person, comment: Comment, database: Database) -> None:
    answer = ana.post(of(comment, "/decision"), form(comment, "reject"), headers=SCRIPT)
    assert answer.json is not None
    undone = ana.post(answer.json["undo"], headers=SCRIPT)
    assert undone.status_code == 200
    assert now(database, comment).status is CommentStatus.HELD
    with database.read() as session:
        states = session.scalars(select(Delivery.state).order_by(Delivery.sequence)).all()
        assert states == [DeliveryState.WAITING, DeliveryState.WITHDRAWN]  # "held" leaves, the rejection does not
        assert [row.id for row in queue.page(session, comment.site_id, QueueFilter())] == [comment.id]
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert acts[-2:] == ["comment.decide", "comment.undo"]
    page = ana.get(of(comment)).text
    assert "undone" in page


def test_undo_after_the_window_says_how_to_go_on(ana: Person, comment: Comment, database: Database) -> None:
    answer = ana.post(of(comment, "/decision"), form(comment), headers=SCRIPT)
    assert answer.json is not None
    with database.write() as session:
        session.execute(update(ReviewAction).values(undo_until=database_now(-60)))
    late = ana.post(answer.json["undo"])
    assert late.status_code == 409
    assert "overturn" in late.text
    assert now(database, comment).status is CommentStatus.APPROVED


def test_undo_is_refused_once_the_callback_has_left(ana: Person, comment: Comment, database: Database) -> None:
    answer = ana.post(of(comment, "/decision"), form(comment), headers=SCRIPT)
    assert answer.json is not None
    with database.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DELIVERED, attempts=1))
    assert ana.post(answer.json["undo"]).status_code == 409
    assert now(database, comment).status is CommentStatus.APPROVED


def test_nobody_undoes_what_somebody_else_did_and_nothing_twice(ana: Person, ben: Person, comment: Comment) -> None:
    answer = ana.post(of(comment, "/decision"), form(comment), headers=SCRIPT)
    assert answer.json is not None
    assert ben.post(answer.json["undo"]).status_code == 404
    assert ana.post(answer.json["undo"]).status_code == 303
    assert ana.post(answer.json["undo"]).status_code == 409


def test_undoing_an_overturn_leads_back_to_the_first_verdict(
    ana: Person, ben: Person, comment: Comment, database: Database
) -> None:
    ana.post(of(comment, "/decision"), form(comment))
    answer = ben.post(of(comment, "/decision"), form(now(database, comment), "reject"), headers=SCRIPT)
    assert now(database, comment).status is CommentStatus.REJECTED
    assert answer.json is not None
    undone = ben.post(answer.json["undo"], headers=SCRIPT).json
    assert undone is not None
    assert undone["message"] == "Undone: the comment is approved again."
    assert now(database, comment).status is CommentStatus.APPROVED


def test_an_escalated_comment_waits_for_a_lead_who_can_hand_it_back(
    ana: Person, lea: Person, comment: Comment, database: Database
) -> None:
    ana.post(of(comment, "/escalate"), {"note": "Is this libel?"})
    assert "No comments to review" in ana.get(f"{BASE}/review").text
    assert "complete idiots" in lea.get(f"{BASE}/review?lane=escalated").text
    assert "Is this libel?" in lea.get(of(comment)).text
    assert ana.post(of(comment, "/hand-back")).status_code == 403
    lea.post(of(comment, "/release"))
    lea.post(of(comment, "/hand-back"), {"note": "It is not."})
    assert "complete idiots" in ana.get(f"{BASE}/review").text
    with database.read() as session:
        assert [note.text for note in session.scalars(select(Note).order_by(Note.created_at))] == [
            "Is this libel?",
            "It is not.",
        ]


def test_escalating_takes_a_line_that_the_lead_reads_first(
    ana: Person, lea: Person, comment: Comment, database: Database
) -> None:
    for line in ("  ", "\u200b\u2060", "x" * 301):
        assert ana.post(of(comment, "/escalate"), {"note": line}).status_code == 422, line
    assert now(database, comment).escalated_at is None
    ana.post(of(comment, "/escalate"), {"note": "Is this <libel>?"})
    page = lea.get(of(comment)).text
    notice = page.partition("data-escalation>")[2].partition("</p>")[0]
    assert "Ana Lima" in notice
    assert "Is this &lt;libel&gt;?" in notice
    with database.read() as session:
        note = session.scalars(select(Note)).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "review.escalated")).one()
    assert entry.detail == {"note": note.id}  # the words stay where they can be erased


def test_the_rejection_reason_is_suggested_by_the_worst_reason(ana: Person, database: Database, site: Site) -> None:
    threat = hold(database, site.id, 2)
    page = ana.get(of(threat)).text
    assert re.findall(r'value="(\w*)" checked', page) == ["threat"]
    assert 'data-suggested="threat"' in page


def test_scores_that_say_nothing_are_folded_and_a_language_has_its_name(
    ana: Person, database: Database, site: Site
) -> None:
    scores = {Attribute.INSULT: 0.6, Attribute.OBSCENE: 0.21, Attribute.THREAT: 0.19, Attribute.OFF_TOPIC: 0.0}
    said = Said("It is a long remark about nothing at all, and it says so in so many words.", "Tom", scores)
    page = ana.get(of(hold(database, site.id, 8, said=said))).text
    shown, _, folded = page.partition("<summary>2 scores below 0.20</summary>")
    assert "obscene</th>" in shown
    assert "threat</th>" not in shown
    assert "threat</th>" in folded
    assert '<span title="language">English</span>' in page


def test_the_queue_counts_the_moderators_own_decisions_of_their_day(
    ana: Person, ben: Person, comment: Comment, database: Database
) -> None:
    def today(person: Person, since: str) -> int | None:
        told = person.get(f"{BASE}/review/pulse", query_string={"since": since}).json
        assert told is not None
        mine: int | None = told["mine"]
        return mine

    an_hour_ago = (utc_now() - timedelta(hours=1)).isoformat()
    other = hold(database, comment.site_id, 1)
    ana.post(of(comment, "/decision"), form(comment))
    done = ana.post(of(other, "/decision"), form(other), headers=SCRIPT).json
    assert today(ana, an_hour_ago) == 2
    assert done is not None
    ana.post(done["undo"])
    assert (today(ana, an_hour_ago), today(ben, an_hour_ago)) == (1, 0)
    for wrong in ("", "yesterday", "2020-01-01T00:00:00Z", (utc_now() + timedelta(hours=1)).isoformat()):
        assert today(ana, wrong) is None


def test_a_note_is_kept_and_an_empty_one_refused(ana: Person, comment: Comment) -> None:
    ana.post(of(comment, "/notes"), {"note": "Known from last week."})
    assert "Known from last week." in ana.get(of(comment)).text
    assert ana.post(of(comment, "/notes"), {"note": "  "}).status_code == 422


def test_another_sites_comment_is_not_found(
    ana: Person, comment: Comment, other_site: Site, database: Database
) -> None:
    foreign = hold(database, other_site.id, 3)
    for tail in ("/decision", "/escalate", "/notes", "/claim", "/release"):
        assert ana.post(of(foreign, tail), form(foreign, note="x")).status_code == 404
    assert ana.get(of(foreign)).status_code == 404
    assert now(database, foreign).status is CommentStatus.HELD
