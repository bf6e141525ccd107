"""What a site's dashboard polls: counts, what waits and for how long, how fast verdicts come, who works.

The counts are exact; reasons and times to a verdict are read from the latest `SAMPLE` automatic verdicts, so that
their cost does not grow with a site's traffic. Ages are by the database's clock.
"""

from collections import Counter
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Comment, Decision, WorkerBeat
from service.vocabulary import CommentStatus, Source, Verdict

SAMPLE = 2_000
ALIVE_SECONDS = 20.0


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
        "workers": workers_alive(session),
    }


def workers_alive(session: Session, /) -> dict[str, int]:
    """Return how many processes of each role gave a sign of life lately."""
    rows = session.execute(
        select(WorkerBeat.role, func.count())
        .where(WorkerBeat.seen_at > database_now(-ALIVE_SECONDS))
        .group_by(WorkerBeat.role)
    )
    return dict(rows.all())


def _counts(session: Session, site_id: str, since: datetime) -> tuple[dict[str, int], dict[str, int]]:
    rows = session.execute(
        select(Comment.status, Comment.verdict, func.count())
        .where(Comment.site_id == site_id, Comment.received_at >= since)
        .group_by(Comment.status, Comment.verdict)
    )
    by_status = {status.value: 0 for status in CommentStatus}
    by_verdict = {verdict.value: 0 for verdict in Verdict}
    for status, verdict, count in rows:
        by_status[status.value] += count
        if verdict is not None:
            by_verdict[verdict.value] += count
    return by_status, by_verdict


def _latest_verdicts(session: Session, site_id: str, since: datetime) -> tuple[dict[str, int], dict[str, Any]]:
    rows = session.execute(
        select(Decision.reasons, Decision.created_at, Comment.pending_since)
        .join(Comment, (Comment.id == Decision.comment_id) & (Comment.revision == Decision.revision))
        .where(
            Decision.site_id == site_id,
            Decision.created_at >= since,
            Decision.source.in_([Source.POLICY, Source.UPKEEP]),
        )
        .order_by(Decision.created_at.desc())
        .limit(SAMPLE)
    ).all()
    reasons = Counter(code for row in rows for code in {reason["code"] for reason in row.reasons})
    seconds = sorted(max(0.0, (row.created_at - row.pending_since).total_seconds()) for row in rows)
    timing = {
        "median_seconds": _quantile(seconds, 0.5),
        "p95_seconds": _quantile(seconds, 0.95),
        "measured": len(seconds),
    }
    return dict(sorted(reasons.items())), timing


def _queue(session: Session, site_id: str) -> dict[str, Any]:
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    pending = literal(CommentStatus.PENDING, Comment.status.type, literal_execute=True)
    depth, oldest, now = session.execute(
        select(func.count(), func.min(Comment.pending_since), database_now()).where(
            Comment.site_id == site_id, Comment.status == pending
        )
    ).one()
    held = session.scalar(select(func.count()).where(Comment.site_id == site_id, Comment.status == CommentStatus.HELD))
    age = round(max(0.0, (now - oldest).total_seconds()), 1) if oldest is not None else None
    return {"depth": depth, "oldest_age_seconds": age, "held": held or 0}


def _quantile(ordered: list[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of the values do not exceed (nearest rank)."""
    return round(ordered[max(0, ceil(share * len(ordered)) - 1)], 3) if ordered else None
