"""The review queue over a period: the number of held comments at the end of each step, and the age of the oldest.

Read from decisions: a comment is held from the policy's verdict until a moderator's decision that is not undone, or
until its text is edited.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

from sqlalchemy import and_, func, not_, or_, select, text
from sqlalchemy.orm import Session, aliased

from service.models import Comment, Decision
from service.moderation.insight.counts.counted_decisions import stands
from service.moderation.insight.counts.periods import Period, epoch
from service.vocabulary import CommentStatus

# As the partial index has it: written into the statement, because SQLite uses it only for a condition it can read.
HOLDS = text("decision.to_status = 'held' AND decision.source IN ('policy', 'upkeep')")
IS_HELD = and_(Comment.status == CommentStatus.HELD, Comment.revision == Decision.revision)  # still


@dataclass(frozen=True, kw_only=True)
class QueueStep:
    """The review queue at the end of a step or of the period: held comments, age of the oldest in seconds."""

    start: int
    held: int
    oldest: float | None


def steps(session: Session, site_id: str, period: Period, /) -> list[QueueStep]:
    """Return every step of the period."""
    holds = sorted(_ended(session, site_id, period))
    begins, ends = [begin for begin, _ in holds], sorted(end for _, end in holds)
    lasting = deque(_lasting(session, site_id, period))
    waiting: list[tuple[float, float]] = []
    found, taken, still, first_still = [], 0, 0, inf
    for start in period.starts:
        moment = min(start + period.step, period.end.timestamp())
        come = bisect_right(begins, moment)
        for hold in holds[taken:come]:
            heappush(waiting, hold)
        taken = come
        while waiting and waiting[0][1] <= moment:
            heappop(waiting)
        while lasting and lasting[0][0] < moment:
            _, amount, first = lasting.popleft()
            still, first_still = still + amount, min(first_still, first)
        oldest = min(waiting[0][0] if waiting else inf, first_still)
        held = come - bisect_right(ends, moment) + still
        found.append(QueueStep(start=start, held=held, oldest=None if oldest == inf else moment - oldest))
    return found


def _lasting(session: Session, site_id: str, period: Period) -> Sequence[tuple[int, int, float]]:
    """Return the holds that have not ended: for each step how many began in it, and when the first did."""
    step, began = period.step_of(Decision.created_at), epoch(Decision.created_at)
    rows = session.execute(
        select(step, func.count(), func.min(began))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(Decision.site_id == site_id, IS_HELD, HOLDS, Decision.created_at < period.end)
        .group_by(step)
        .order_by(step)
    )
    return [(start, amount, first) for start, amount, first in rows]


def _ended(session: Session, site_id: str, period: Period) -> Sequence[tuple[float, float]]:
    after = aliased(Decision)
    decided = (
        select(func.min(after.created_at))
        .where(
            after.comment_id == Decision.comment_id,
            after.created_at > Decision.created_at,
            or_(after.from_status == CommentStatus.HELD, after.revision > Decision.revision),
            stands(after),
        )
        .correlate(Decision)
        .scalar_subquery()
    )
    # A comment that left the queue without a decision was edited, and its new text is pending.
    left = epoch(func.coalesce(decided, Comment.pending_since))
    holds = (
        select(epoch(Decision.created_at), left)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(HOLDS, not_(IS_HELD))
    )
    # Of the earlier holds only those that can have lasted into the period: decided since it began, or undecided still.
    here, earlier = Decision.site_id == site_id, Decision.created_at < period.start
    undecided = Comment.status.in_((CommentStatus.HELD, CommentStatus.PENDING))
    not_since = or_(Comment.decided_at.is_(None), Comment.decided_at < period.start)
    within = (Decision.site_id == site_id, period.covers(Decision.created_at))
    parts = [within, (here, earlier, Comment.decided_at >= period.start), (here, earlier, undecided, not_since)]
    rows = [row for part in parts for row in session.execute(holds.where(*part))]
    return [(begin, end) for begin, end in rows]
