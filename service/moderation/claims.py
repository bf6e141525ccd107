"""Who works on a comment: claims by compare-and-set, with lease, fencing token and attempts counted at the claim.

The same statements run on SQLite and PostgreSQL, and all times are the database's. A comment claimed before is
claimed alone: if it kills its worker it takes nobody with it, and after `max_attempts` claims it goes to a human.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, update
from sqlalchemy.orm import Session

from service.db import database_now, new_id
from service.models import Comment
from service.moderation import decisions
from service.vocabulary import CommentStatus, Reason


@dataclass(frozen=True)
class Claim:
    """A hold on some comments: their ids in the order they wait, and the token that proves it."""

    token: str
    comment_ids: tuple[str, ...]


def claim(session: Session, /, *, limit: int, lease_seconds: float, max_attempts: int) -> Claim | None:
    """Claim up to `limit` comments never tried before, or one that was; None where nothing waits."""
    for attempts, size in ((Comment.attempts > 0, 1), (Comment.attempts == 0, limit)):
        token = new_id()
        waiting = _claimable().where(attempts, Comment.attempts < max_attempts)
        chosen = waiting.order_by(Comment.wake_at, Comment.id).limit(size).with_for_update(skip_locked=True)
        # A CTE that locks is computed once; PostgreSQL may run a plain subquery again and lock beyond its limit.
        ids = chosen.cte("chosen")
        claimed = session.scalars(
            update(Comment)
            .where(Comment.id.in_(select(ids.c.id)), *_is_claimable())
            .values(
                claim_token=token,
                claimed_until=database_now(lease_seconds),
                attempts=Comment.attempts + 1,
            )
            .returning(Comment.id)
            .execution_options(synchronize_session=False)
        ).all()
        if claimed:
            return Claim(token, tuple(sorted(claimed)))
    return None


def release(session: Session, claim: Claim, comment_ids: tuple[str, ...], /) -> int:
    """Give back comments that were claimed but not begun, as if never claimed; return how many."""
    return _give_back(session, claim.token, comment_ids, attempts=Comment.attempts - 1, wake_at=Comment.wake_at)


def postpone(session: Session, token: str, comment_id: str, /, *, seconds: float) -> int:
    """Give back a comment whose classification broke; it is tried again after `seconds`, and the attempt counts."""
    return _give_back(session, token, (comment_id,), attempts=Comment.attempts, wake_at=database_now(seconds))


def give_up(session: Session, /, *, max_attempts: int, limit: int = 200) -> int:
    """Send to a human every comment whose claims are used up and not held; return how many."""
    exhausted = session.scalars(
        select(Comment)
        .where(*_is_pending(), _unheld(), Comment.attempts >= max_attempts)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for comment in exhausted:
        decisions.record_giving_up(session, comment, Reason.UNCLASSIFIED, token=comment.claim_token)
    return len(exhausted)


def waiting(session: Session, /) -> int:
    """Return how many comments could be claimed now, whatever their age."""
    return session.scalar(select(func.count()).select_from(_claimable().limit(100_000).subquery())) or 0


def _give_back(session: Session, token: str, comment_ids: tuple[str, ...], *, attempts: Any, wake_at: Any) -> int:
    given_back = session.scalars(
        update(Comment)
        .where(Comment.id.in_(comment_ids), Comment.claim_token == token, *_is_pending())
        .values(claim_token=None, claimed_until=None, attempts=attempts, wake_at=wake_at)
        .returning(Comment.id)
        .execution_options(synchronize_session=False)
    )
    return len(given_back.all())


def _claimable() -> Select[str]:
    return select(Comment.id).where(*_is_claimable())


def _is_claimable() -> tuple[ColumnElement[bool], ...]:
    return (*_is_pending(), Comment.wake_at <= database_now(), _unheld())


def _is_pending() -> tuple[ColumnElement[bool], ...]:
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    return (Comment.status == literal(CommentStatus.PENDING, Comment.status.type, literal_execute=True),)


def _unheld() -> ColumnElement[bool]:
    return or_(Comment.claimed_until.is_(None), Comment.claimed_until < database_now())
