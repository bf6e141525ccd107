"""What the database's clock leaves behind when it is set back: times further ahead than anything is ever put off.

A lease of a minute written before the clock went back by an hour would hold for an hour and a minute. Upkeep brings
such times back, so that a step costs no more than a lease and a round. Forward steps need nothing here: leases end
early, and the token fences the previous holder.
"""

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.db import database_now
from service.models import Comment, Delivery, DeliveryState, Endpoint
from service.moderation.callbacks.attempts import JITTER, LONGEST_WAIT, SCHEDULE
from service.vocabulary import CommentStatus

LONGEST_UNDO = 600.0  # seconds that a first attempt may be put off, so that a decision can be undone
SLACK = 1.0  # this round may have begun before the one that wrote a time


def pull_back(session: Session, /, *, max_attempts: int, lease_seconds: float, delivery_lease_seconds: float) -> int:
    """Bring back every time of unfinished work that can only come from a clock since set back; return how many.

    A worker with a claim keeps it for as long as a fresh one. A pause that a receiver asked for can be a day long, and
    is not told from a step back by less.
    """
    pending = Comment.status == CommentStatus.PENDING
    owed = Delivery.state == DeliveryState.WAITING
    return sum(
        (
            _pull(session, Comment.wake_at, and_(pending, _beyond(Comment.wake_at, 2.0**max_attempts)), to=0),
            _pull(
                session,
                Comment.claimed_until,
                and_(pending, _beyond(Comment.claimed_until, lease_seconds)),
                to=lease_seconds,
            ),
            _pull(
                session,
                Delivery.claimed_until,
                and_(owed, _beyond(Delivery.claimed_until, delivery_lease_seconds)),
                to=delivery_lease_seconds,
            ),
            _pull(session, Delivery.next_attempt_at, and_(owed, _beyond_its_pause()), to=0),
            _pull(session, Endpoint.paused_until, _beyond(Endpoint.paused_until, LONGEST_WAIT), to=0),
        )
    )


def _beyond_its_pause() -> ColumnElement[bool]:
    asked_for_more = Delivery.last_status.in_((429, 502, 503, 504))
    longest = [max(LONGEST_UNDO, pause * (1 + JITTER)) for pause in SCHEDULE]
    planned = (
        and_(Delivery.attempts == attempts, _beyond(Delivery.next_attempt_at, seconds))
        for attempts, seconds in enumerate(longest)
    )
    # A NULL means false here: there has been no answer yet.
    said_nothing = or_(Delivery.last_status.is_(None), ~asked_for_more)
    return or_(
        and_(said_nothing, or_(*planned)),
        _beyond(Delivery.next_attempt_at, LONGEST_WAIT * (1 + JITTER)),
    )


def _beyond(column: InstrumentedAttribute[object], seconds: float) -> ColumnElement[bool]:
    return column > database_now(seconds + SLACK)


def _pull(session: Session, column: InstrumentedAttribute[object], ahead: ColumnElement[bool], *, to: float) -> int:
    pulled = session.execute(
        update(column.class_)
        .where(ahead)
        .values({column.key: database_now(to)})
        .execution_options(synchronize_session=False)
    )
    return max(int(pulled.rowcount), 0)  # type: ignore[attr-defined]
