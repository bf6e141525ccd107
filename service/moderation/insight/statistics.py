"""A site's figures for dashboards that poll: counts, open comments, times to a verdict, live workers.

The counts are exact; reasons and times to a verdict are read from the latest `SAMPLE` automatic verdicts, so that
their cost does not grow with a site's traffic. Ages are by the database's clock.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Comment, Decision
from service.moderation.insight import workers
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import DAY, between
from service.moderation.insight.open_comments import has_status
from service.percentiles import nearest_rank
from service.vocabulary import BY_THE_SERVICE, CommentStatus, Verdict

SAMPLE = 2_000
A_DAY = timedelta(seconds=DAY)


def of_site(session: Session, site_id: str, /, *, since: datetime) -> dict[str, Any]:
    """Return the figures of the site's comments received since `since`, and of the service as a whole."""
    by_status, by_verdict = _counts(session, site_id, since)
    by_reason, timing = _latest_verdicts(session, site_id, since)
    return {
        "received": sum(by_status.values()),
        "by_status": by_status,
        "by_verdict": by_verdict,
        "by_reason": by_reason,
        "time_to_verdict": timing,
        "queue": _queue(session, site_id),
        "workers": workers.alive_by_role(session),
    }


def _counts(session: Session, site_id: str, since: datetime) -> tuple[dict[str, int], dict[str, int]]:
    by_status = {status.value: 0 for status in CommentStatus}
    by_verdict = {verdict.value: 0 for verdict in Verdict}
    until = session.execute(select(database_now(DAY))).scalar_one()
    for row in counters.read(session, site_id, "comments", between(since, max(until, since + A_DAY)), by_step=False):
        status, _, verdict = row.key.partition("/")
        by_status[status] += row.amount
        if verdict:
            by_verdict[verdict] += row.amount
    pending = (Comment.site_id == site_id, Comment.status == CommentStatus.PENDING, Comment.received_at >= since)
    by_status[CommentStatus.PENDING.value] = session.scalar(select(func.count()).where(*pending)) or 0
    return by_status, by_verdict


def _latest_verdicts(session: Session, site_id: str, since: datetime) -> tuple[dict[str, int], dict[str, Any]]:
    rows = session.execute(
        select(Decision.reasons, Decision.created_at, Comment.pending_since, Comment.imported_at)
        .join(Comment, (Comment.id == Decision.comment_id) & (Comment.revision == Decision.revision))
        .where(
            Decision.site_id == site_id,
            Decision.created_at >= since,
            Decision.source.in_(BY_THE_SERVICE),
            Decision.from_status == CommentStatus.PENDING,  # a replay is no verdict that somebody waited for
        )
        .order_by(Decision.created_at.desc())
        .limit(SAMPLE)
    ).all()
    reasons = Counter(code for row in rows for code in {reason["code"] for reason in row.reasons})
    # An imported comment waits behind all others, which says nothing about them.
    waits = [row.created_at - row.pending_since for row in rows if row.imported_at is None]
    seconds = Counter(round(max(0.0, wait.total_seconds()), 3) for wait in waits)
    timing = {
        "median_seconds": nearest_rank(seconds, 50),
        "p95_seconds": nearest_rank(seconds, 95),
        "measured": len(waits),
    }
    return dict(sorted(reasons.items())), timing


def _queue(session: Session, site_id: str) -> dict[str, Any]:
    depth, oldest, now = session.execute(
        select(func.count(), func.min(Comment.pending_since), database_now()).where(
            Comment.site_id == site_id, has_status(CommentStatus.PENDING)
        )
    ).one()
    is_held = has_status(CommentStatus.HELD)
    held = session.scalar(select(func.count()).where(Comment.site_id == site_id, is_held))
    age = round(max(0.0, (now - oldest).total_seconds()), 1) if oldest is not None else None
    return {"depth": depth, "oldest_age_seconds": age, "held": held or 0}
