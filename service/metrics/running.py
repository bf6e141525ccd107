"""Counts of rows that are only ever added: comments received, decisions, and how long verdicts took.

Erasing keeps the row, so counts older than an hour are kept, and a scrape counts only what came since.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from service.models import Comment, Decision
from service.moderation.insight.counts.periods import epoch
from service.vocabulary import BY_THE_SERVICE, CommentStatus

SETTLED = timedelta(hours=1)  # no transaction lasts this long, so no older row can still appear
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)

Key = tuple[str, ...]
Counting = Callable[[Session, datetime | None, datetime | None], Counter[Key]]


class Running:
    """Counts by key of rows that are only ever added: old rows are counted once, recent ones at every scrape."""

    def __init__(self, count: Counting) -> None:
        self._count = count
        self._settled: Counter[Key] = Counter()
        self._until: datetime | None = None

    def up_to(self, session: Session, now: datetime, /) -> Counter[Key]:
        """Return the counts of all rows so far."""
        horizon = now - SETTLED
        if self._until is None or horizon - self._until > SETTLED:
            self._settled += self._read(session, self._until, horizon)
            self._until = horizon
        return self._settled + self._read(session, self._until, None)

    def _read(self, session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
        return self._count(session, start, end)


def received(session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
    """Return comments received by site."""
    statement = select(Comment.site_id, func.count()).group_by(Comment.site_id)
    rows = session.execute(_within(statement, Comment.received_at, start, end))
    return Counter({(site_id,): count for site_id, count in rows})


def decided(session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
    """Return decisions by site, source and verdict; undos are counted separately.

    An undone decision stays counted, because a counter that falls looks like a restart.
    """
    kinds = (Decision.site_id, Decision.source, Decision.verdict, Decision.undoes.is_not(None).label("is_undo"))
    inner = _within(select(*kinds), Decision.created_at, start, end).subquery()
    rows = session.execute(select(inner, func.count()).group_by(*inner.c))
    counts: Counter[Key] = Counter()
    for site_id, source, verdict, is_undo, count in rows:
        counts[site_id, source.value, "undone" if is_undo else verdict.value] += count
    return counts


def verdict_seconds(session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
    """Return the number of first verdicts by duration bucket, and the sum of milliseconds."""
    # The first revision only: an edit moves `pending_since`, and a settled count must not change.
    seconds = epoch(Decision.created_at) - epoch(Comment.received_at)
    bucket = case(*[(seconds <= bound, literal(str(bound))) for bound in BUCKETS], else_=literal("+Inf"))
    timed = (
        select(bucket.label("bucket"), seconds.label("seconds"))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            Decision.revision == 1,
            Decision.source.in_(BY_THE_SERVICE),
            Decision.from_status == CommentStatus.PENDING,
            Comment.imported_at.is_(None),
        )
    )
    inner = _within(timed, Decision.created_at, start, end).subquery()
    counts: Counter[Key] = Counter()
    for bucket_name, total, count in session.execute(
        select(inner.c.bucket, func.sum(inner.c.seconds), func.count()).group_by(inner.c.bucket)
    ):
        counts["bucket", bucket_name] = count
        counts["milliseconds",] += round(total * 1000)
    return counts


def _within(statement: Any, moment: Any, start: datetime | None, end: datetime | None) -> Any:
    if start is not None:
        statement = statement.where(moment >= start)
    return statement.where(moment < end) if end is not None else statement
