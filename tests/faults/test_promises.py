"""Each promise of `moderato doctor --audit` can be broken, and then says so with the row's id.

Every row is tampered with in a transaction that is rolled back.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.orm import Session

from service.db import Database, database_now, new_id
from service.models import (
    Assessment,
    Comment,
    Decision,
    Delivery,
    DeliveryState,
    HeldReason,
    Report,
    Reporter,
    Score,
    Site,
    Strike,
)
from service.moderation.callbacks import endpoints
from service.moderation.insight.counts import counters
from service.moderation.review.queue import held_tally
from service.moderation.upkeep import invariants
from service.outside.addresses import Allowances
from service.vocabulary import Attribute, CommentStatus, Event, Source, Verdict
from tests.support.comments import classify, submit


@dataclass
class Rows:
    """A sound record: a decided comment with all that belongs to it, one that waits, and the other site's endpoint."""

    decided: str
    waiting: str
    decision: str
    delivery: str
    score: str
    endpoint: str
    foreign_site: str
    foreign_endpoint: str


@pytest.fixture
def rows(database: Database, site: Site, other_site: Site) -> Rows:
    with database.write() as session:
        ours, foreign = (
            endpoints.register(session, each.id, "https://cms.example/", allowed=Allowances())
            for each in (site, other_site)
        )
        for each in (ours, foreign):
            each.updated_at = database_now(-60)
    decided = submit(database, site.id, "decided")
    classify(database)
    waiting = submit(database, site.id, "waiting", "Nobody has looked at this one yet, but it is long enough for that.")
    with database.write() as session:
        score = Score(
            site_id=site.id, comment_id=decided.id, revision=1, attribute=Attribute.TOXICITY, value=0.02,
            classifier="scripted", version="1",
        )  # fmt: skip
        session.add(score)
        session.add(Assessment(comment_id=decided.id, revision=1, findings={"classifier_failed": False}))
        session.flush()
        decision, delivery = session.query(Decision).one(), session.query(Delivery).one()
        return Rows(decided.id, waiting.id, decision.id, delivery.id, score.id, ours.id, other_site.id, foreign.id)


Tamper = Callable[[Session, Rows], str]


def changed(kind: type, of: str, **values: object) -> Tamper:
    """Change the row that `rows.of` names; the same row is to be named."""

    def tamper(session: Session, rows: Rows) -> str:
        named = getattr(rows, of)
        session.execute(update(kind).where(kind.id == named).values(**values))
        return str(named)

    return tamper


def _no_decision(session: Session, rows: Rows) -> str:
    session.execute(delete(Decision))
    return rows.decided


def _second_decision(session: Session, rows: Rows) -> str:
    session.execute(text("DROP INDEX uq_decision_automatic"))
    original = session.get_one(Decision, rows.decision)
    values = {column.key: getattr(original, column.key) for column in Decision.__table__.columns}
    session.execute(insert(Decision).values(**values | {"id": new_id()}))
    return rows.decided


def _no_delivery(session: Session, rows: Rows) -> str:
    session.execute(delete(Delivery))
    return rows.decision


def _another_delivery(**others: object) -> Tamper:
    def tamper(session: Session, rows: Rows) -> str:
        fresh = {"id": "f" * 32, "sequence": 9, "decision_id": rows.decision} | others
        session.execute(
            insert(Delivery).values(
                site_id=session.get_one(Delivery, rows.delivery).site_id, endpoint_id=rows.endpoint,
                comment_id=rows.decided, event=Event.APPROVED, next_attempt_at=database_now(), **fresh,
            )
        )  # fmt: skip
        return rows.delivery if fresh["decision_id"] else "f" * 32

    return tamper


def _foreign(kind: type, of: str, named: str, column: str, value: str) -> Tamper:
    def tamper(session: Session, rows: Rows) -> str:
        session.execute(update(kind).where(kind.id == getattr(rows, of)).values({column: getattr(rows, value)}))
        return str(getattr(rows, named))

    return tamper


def _classifier_failed(session: Session, rows: Rows) -> str:
    session.execute(update(Assessment).values(findings={"classifier_failed": True}))
    return rows.decision


def _one_figure_more(session: Session, rows: Rows) -> str:
    session.execute(text("UPDATE figure_change SET amount = amount + 1 WHERE name = 'verdicts'"))
    return session.get_one(Comment, rows.decided).site_id


def _one_day_less(session: Session, rows: Rows) -> str:
    counters.fold(session)
    session.execute(text("UPDATE figure SET amount = amount + 1 WHERE span = 86400 AND name = 'comments'"))
    return session.get_one(Comment, rows.decided).site_id


def _one_more(session: Session, rows: Rows) -> str:
    kept = {"site_id": rows.foreign_site, "escalated": 0, "reason": "toxic", "held": 1}
    session.execute(insert(held_tally.TABLE).values(kept))
    return rows.foreign_site


def _one_reason_more(session: Session, rows: Rows) -> str:
    kept = {"site_id": rows.foreign_site, "escalated": 0, "name": "toxic", "held": 1}
    session.execute(insert(held_tally.NAMED).values(kept))
    return rows.foreign_site


def _found_for_a_reason(session: Session, rows: Rows) -> str:
    session.add(
        HeldReason(
            comment_id=rows.decided, name="toxic", site_id=rows.foreign_site, escalated=0, score=0.9, severity=0.7,
            uncertainty=0.2, received_at=database_now(),
        )
    )  # fmt: skip
    return rows.decided


def _strike(session: Session, rows: Rows) -> str:
    site_id = session.get_one(Comment, rows.decided).site_id
    session.execute(
        insert(Strike).values(
            comment_id=rows.decided,
            revision=1,
            site_id=site_id,
            author_external_id="a-1",
            decision_id=rows.decision,
            created_at=database_now(),
        )
    )
    return rows.decided


def _undo(session: Session, rows: Rows, *, comment: str, target: str) -> str:
    """Add an undo on `comment`, of the decision `target`."""
    undo = Decision(
        site_id=session.get_one(Comment, comment).site_id, comment_id=comment, revision=1, reasons=[{"code": "undone"}],
        from_status=CommentStatus.APPROVED, to_status=CommentStatus.PENDING, verdict=Verdict.HOLD,
        source=Source.MODERATOR, actor="Ada", undoes=target,
    )  # fmt: skip
    session.add(undo)
    session.flush()
    return undo.id


def _undo_of_another(session: Session, rows: Rows) -> str:
    session.execute(update(Decision).values(source=Source.MODERATOR))
    return _undo(session, rows, comment=rows.waiting, target=rows.decision)


def _undo_of_the_policy(session: Session, rows: Rows) -> str:
    return _undo(session, rows, comment=rows.decided, target=rows.decision)


def _unearned_record(session: Session, rows: Rows) -> str:
    session.add(Reporter(site_id=rows.foreign_site, mark="m", upheld=1))
    return "m"


def _words_of_a_report(session: Session, rows: Rows) -> str:
    site_id = session.get_one(Comment, rows.decided).site_id
    session.add(Report(site_id=site_id, comment_id=rows.decided, revision=1, kind="spam", words="x", reporter="m"))
    return changed(Comment, "decided", erased_at=database_now())(session, rows)


BROKEN: dict[str, list[Tamper]] = {
    "a comment has the status of its last decision": [changed(Comment, "decided", status=CommentStatus.REJECTED)],
    "no comment has a verdict without a decision on its text": [_no_decision],
    "a revision has one automatic decision": [_second_decision],
    "every decision is a transition that exists": [
        changed(Decision, "decision", from_status=CommentStatus.APPROVED),
        changed(
            Decision, "decision", from_status=CommentStatus.REJECTED, to_status=CommentStatus.HELD, source=Source.UPKEEP
        ),
    ],
    "an undo undoes the decision before it": [_undo_of_another, _undo_of_the_policy],
    "every decision says who": [
        changed(Decision, "decision", policy_version=None),
        changed(Decision, "decision", source=Source.MODERATOR, actor="", moderator_id=None),
    ],
    "every decision that holds or rejects says why": [changed(Decision, "decision", verdict=Verdict.REJECT)],
    "upkeep decides nothing but to ask a human": [changed(Decision, "decision", source=Source.UPKEEP)],
    "readers' reports decide nothing but to ask a human": [changed(Decision, "decision", source=Source.READERS)],
    "a reporter's record is that of their settled reports": [_unearned_record],
    "no words of reports are left of what was erased": [_words_of_a_report],
    "nothing is approved that a classifier failed on": [_classifier_failed],
    "a pending comment has no verdict": [changed(Comment, "waiting", verdict=Verdict.APPROVE)],
    "a decided comment has no claim": [changed(Comment, "decided", claim_token="t")],
    "a claim has a token and an end": [
        changed(Comment, "waiting", claim_token="t"),
        changed(Comment, "waiting", claimed_until=database_now()),
    ],
    "nothing is left of what was erased": [changed(Comment, "decided", erased_at=database_now())],
    "every strike belongs to a rejection in force": [_strike],
    "every decision has a delivery for every endpoint that wants all events": [_no_delivery],
    "no delivery is doubled": [_another_delivery()],
    "no later callback arrived before an earlier one": [
        _another_delivery(decision_id=None, state=DeliveryState.DELIVERED)
    ],
    "a score is a probability and names its classifier": [
        changed(Score, "score", value=1.5),
        changed(Score, "score", value=-0.1),
        changed(Score, "score", version=""),
    ],
    "the numbers of held comments are those of a count": [_one_more, _one_reason_more],
    "the review queue finds a held comment by each of its reasons, and no other comment": [
        changed(Comment, "waiting", status=CommentStatus.HELD, reason="toxic"),
        _found_for_a_reason,
    ],
    "the counts behind the figures are those of the rows": [_one_figure_more, _one_day_less],
    "a comment counts its texts, changes and attempts": [
        changed(Comment, "waiting", version=0),
        changed(Comment, "waiting", attempts=-1),
    ],
    "nothing of one site belongs to another": [
        _foreign(Decision, "decision", "decided", "site_id", "foreign_site"),
        _foreign(Score, "score", "decided", "site_id", "foreign_site"),
        _foreign(Delivery, "delivery", "decided", "site_id", "foreign_site"),
    ],
    "no callback goes to another site's endpoint": [
        _foreign(Delivery, "delivery", "delivery", "endpoint_id", "foreign_endpoint")
    ],
    "every accepted comment has a verdict or is younger than the target": [
        changed(Comment, "waiting", pending_since=database_now(-7_200))
    ],
}


def test_a_sound_record_keeps_every_promise(database: Database, rows: Rows) -> None:
    assert rows
    with database.read() as session:
        assert invariants.audit(session) == []


@pytest.mark.parametrize(
    ("promise", "tamper"), [(promise, tamper) for promise, tampers in BROKEN.items() for tamper in tampers]
)
def test_a_broken_promise_is_found_with_the_row(database: Database, rows: Rows, promise: str, tamper: Tamper) -> None:
    with database.read() as session:  # nothing is committed
        named = tamper(session, rows)
        session.flush()
        found = {breach.promise: breach.ids for breach in invariants.audit(session)}
        assert named in found.get(promise, ()), found


def test_every_promise_is_tried_here() -> None:
    assert set(BROKEN) == {promise for promise, _ in invariants._promises(3_600)}
