"""Who works on a comment: claims by compare-and-set, with lease, fencing token and attempts counted at the claim.

The same statements run on SQLite and PostgreSQL, and all times are the database's. A comment claimed before is
claimed alone: if it kills its worker no other is lost, and after `max_attempts` claims it is held for a moderator.

The statements of a claim are built once, at the end of this file: building costs more than running.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, UpdateBase, bindparam, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from service.db import database_now, new_id, table
from service.models import Comment
from service.moderation.decisions import decisions
from service.moderation.intake.turns import BEHIND
from service.vocabulary import CommentStatus, Reason

COMMENT = table(Comment)
_c = COMMENT.c


@dataclass(frozen=True)
class Claim:
    """A hold on some comments: their ids in the order they wait, and the token that proves it."""

    token: str
    comment_ids: tuple[str, ...]


def claim(session: Session, /, *, limit: int, lease_seconds: float, max_attempts: int) -> Claim | None:
    """Claim what comes next: up to `limit` comments never tried before, or one that was; None if nothing waits.

    Sites take turns (`service.moderation.intake.turns`); within a site the oldest comes first.
    """
    token = new_id()
    claimed = session.scalars(
        CLAIM, {"token": token, "limit": limit, "lease_seconds": lease_seconds, "most": max_attempts}
    ).all()
    return Claim(token, tuple(sorted(claimed))) if claimed else None


def is_waiting(session: Session, /) -> bool:
    """Whether a comment could be claimed now; asked before a claim that may be in vain, since it writes nothing."""
    return session.scalar(IS_WAITING) is not None


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


def pending_by_site(session: Session, /, *, limit: int) -> dict[str, int]:
    """Return how many comments of each site are pending, counting no more than `limit` in all.

    Imported ones are not counted: they wait behind all others, and an archive must not close the intake.
    """
    # SQLite would rather walk the index of all comments by site and status than the one of pending ones.
    hint = "INDEXED BY ix_comment_pending_turn"
    live = select(_c.site_id).where(*_is_pending(), _c.turn < BEHIND)
    pending = live.limit(limit).with_hint(COMMENT, hint, "sqlite").subquery()
    counts: dict[str, int] = dict(
        session.execute(select(pending.c.site_id, func.count()).group_by(pending.c.site_id)).all()
    )
    return counts


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
    return select(_c.id).where(*_is_claimable())


def _is_claimable() -> tuple[ColumnElement[bool], ...]:
    return (*_is_pending(), _c.wake_at <= database_now(), _unheld())


def _is_pending() -> tuple[ColumnElement[bool], ...]:
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    return (_c.status == literal_column(f"'{CommentStatus.PENDING.value}'", _c.status.type),)


def _unheld() -> ColumnElement[bool]:
    return or_(_c.claimed_until.is_(None), _c.claimed_until < database_now())


def _claim() -> UpdateBase:
    # Only the head of the line is looked at, so that a claim costs the same however many wait. Each CTE is computed
    # once: PostgreSQL may run a plain subquery that locks again, and lock beyond its limit.
    line = (
        select(_c.id, _c.turn, _c.attempts)
        .where(*_is_claimable(), _c.attempts < bindparam("most"))
        .order_by(_c.turn, _c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("line")
    )
    first = select(line.c.id, line.c.attempts).order_by(line.c.turn, line.c.id).limit(1).cte("first")
    fresh = select(line.c.id).where(line.c.attempts == 0, select(first.c.attempts).scalar_subquery() == 0)
    tried = select(first.c.id).where(first.c.attempts > 0)
    return (
        update(COMMENT)
        .where(_c.id.in_(fresh.union_all(tried)), *_is_claimable())
        .values(
            claim_token=bindparam("token"),
            claimed_until=database_now(bindparam("lease_seconds", type_=Float)),
            attempts=_c.attempts + 1,
        )
        .returning(_c.id)
    )


CLAIM = _claim()
IS_WAITING = _claimable().limit(1)
