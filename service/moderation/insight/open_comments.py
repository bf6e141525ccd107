"""A site's open comments: pending or held now, and for how long by the database's clock."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Comment
from service.moderation.insight.counts.periods import epoch
from service.sentences import N_
from service.vocabulary import CommentStatus

OVER_A_DAY = N_("over a day")


@dataclass(frozen=True, kw_only=True)
class OpenComments:
    """The numbers of pending and held comments, and the age of the oldest of each in seconds (0: none)."""

    pending: int
    oldest_pending: float
    held: int
    oldest_held: float


def count(session: Session, site_id: str, /) -> OpenComments:
    """Count the site's pending and held comments."""
    found: dict[CommentStatus, tuple[int, float]] = {}
    for status, since in (
        (CommentStatus.PENDING, Comment.pending_since),
        (CommentStatus.HELD, Comment.decided_at),
    ):
        count, oldest = session.execute(
            select(func.count(), epoch(database_now()) - epoch(func.min(since))).where(
                Comment.site_id == site_id, has_status(status)
            )
        ).one()
        found[status] = (count, max(oldest or 0.0, 0.0))
    pending, held = found[CommentStatus.PENDING], found[CommentStatus.HELD]
    return OpenComments(pending=pending[0], oldest_pending=pending[1], held=held[0], oldest_held=held[1])


def held_by_age(session: Session, site_id: str, /) -> list[tuple[str, int]]:
    """Return the numbers of held comments by their age."""
    bounds = (
        (900, N_("under 15 minutes")),
        (3_600, N_("15 to 60 minutes")),
        (14_400, N_("1 to 4 hours")),
        (86_400, N_("4 to 24 hours")),
    )
    now = session.execute(select(database_now())).scalar_one()
    since = [(Comment.decided_at > now - timedelta(seconds=seconds), literal(words)) for seconds, words in bounds]
    label = case(*since, else_=literal(OVER_A_DAY))
    aged = select(label.label("age")).where(Comment.site_id == site_id, has_status(CommentStatus.HELD)).subquery()
    counts: dict[str, int] = dict(session.execute(select(aged.c.age, func.count()).group_by(aged.c.age)).all())
    return [(words, counts.get(words, 0)) for words in (*(words for _, words in bounds), OVER_A_DAY)]


def has_status(status: CommentStatus, /) -> ColumnElement[bool]:
    """Return the condition written out, not bound: SQLite uses a partial index only for a condition it can read."""
    return Comment.status == literal(status, Comment.status.type, literal_execute=True)
