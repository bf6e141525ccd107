"""The review queue over a period: the number of held comments at the end of each step, and the age of the oldest.

Read from decisions: a comment is held from the policy's verdict until a moderator's decision that is not undone, or
until its text is edited. What happened since the period began is read from two indexes alone and put together here:
asked of the database for each hold, it would cost a look at several rows.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

from sqlalchemy import Row, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from service.models import Comment, Decision
from service.moderation.insight.counts.counted_decisions import stands
from service.moderation.insight.counts.periods import Period, epoch
from service.moderation.insight.open_comments import has_status
from service.vocabulary import CommentStatus

# As the partial indexes have them: SQLite uses one only for a condition that is written into the statement.
HOLDS = text("decision.to_status = 'held' AND decision.source IN ('policy', 'upkeep', 'readers')")
ENDS = text("(decision.from_status = 'held' OR decision.undoes IS NOT NULL OR decision.revision > 1)")
AT_ONCE = 500  # ids in one statement; SQLite takes 32,766 at most

Hold = tuple[float, float]  # when it began and when it ended, in seconds since 1970


@dataclass(frozen=True, kw_only=True)
class QueueStep:
    """The review queue at the end of a step or of the period: held comments, age of the oldest in seconds."""

    start: int
    held: int
    oldest: float | None


def steps(session: Session, site_id: str, period: Period, /) -> list[QueueStep]:
    """Return every step of the period."""
    holds = sorted(_holds(session, site_id, period))
    begins, ends = [begin for begin, _ in holds], sorted(end for _, end in holds)
    waiting: list[tuple[float, float]] = []
    found, taken = [], 0
    for start in period.starts:
        moment = min(start + period.step, period.end.timestamp())
        come = bisect_right(begins, moment)
        for hold in holds[taken:come]:
            heappush(waiting, hold)
        taken = come
        while waiting and waiting[0][1] <= moment:
            heappop(waiting)
        oldest = moment - waiting[0][0] if waiting else None
        found.append(QueueStep(start=start, held=come - bisect_right(ends, moment), oldest=oldest))
    return found


def _holds(session: Session, site_id: str, period: Period) -> list[Hold]:
    """Return what was held since the period began, up to now."""
    since = (Decision.site_id == site_id, Decision.created_at >= period.start)
    columns = (epoch(Decision.created_at), Decision.comment_id, Decision.revision)
    begun = session.execute(select(*columns).where(*since, HOLDS)).all()
    later = session.execute(select(*columns, Decision.id, Decision.undoes, Decision.from_status).where(*since, ENDS))
    ends, undone = _ends(later.all())
    held, edited = _held_now(session, site_id), _edited(session, site_id)

    holds: list[Hold] = []
    for begin, comment_id, revision in begun:
        after = (end for end, of, was_held in ends.get(comment_id, ()) if end > begin and (was_held or of > revision))
        end = min(after, default=None)
        if end is None:
            end = inf if held.get(comment_id, (0, 0.0))[0] == revision else edited.get(comment_id)
        if end is not None:
            holds.append((begin, end))
    known = undone | {comment_id for _, comment_id, _ in begun}
    holds += [(begin, inf) for comment_id, (_, begin) in held.items() if comment_id not in known]
    # What was held in its first revision since then was not held before.
    first = {comment_id for _, comment_id, revision in begun if revision == 1}
    return holds + _begun_before(session, period, sorted((ends.keys() | edited.keys() | undone) - first))


def _ends(
    later: Sequence[Row[float, str, int, str, str | None, CommentStatus]],
) -> tuple[dict[str, list[tuple[float, int, bool]]], set[str]]:
    """Return, by comment, what may end a hold: when, of which revision, of a held one; and comments held again."""
    taken_back = {row.undoes for row in later if row.undoes is not None}
    ends: dict[str, list[tuple[float, int, bool]]] = defaultdict(list)
    for at, comment_id, revision, decision_id, undoes, before in later:
        if undoes is None and decision_id not in taken_back:
            ends[comment_id].append((at, revision, before is CommentStatus.HELD))
    return ends, {row.comment_id for row in later if row.undoes is not None}


def _held_now(session: Session, site_id: str) -> dict[str, tuple[int, float]]:
    statement = select(Comment.id, Comment.revision, epoch(Comment.decided_at)).where(
        Comment.site_id == site_id, has_status(CommentStatus.HELD)
    )
    return {comment_id: (revision, since) for comment_id, revision, since in session.execute(statement)}


def _edited(session: Session, site_id: str) -> dict[str, float]:
    """Return since when comments are pending whose text was edited: a hold of the earlier text ended then."""
    statement = select(Comment.id, epoch(Comment.pending_since)).where(
        Comment.site_id == site_id, has_status(CommentStatus.PENDING), Comment.revision > 1
    )
    return dict(session.execute(statement).all())


def _begun_before(session: Session, period: Period, comment_ids: Sequence[str]) -> list[Hold]:
    """Return the holds of these comments that began before the period and lasted into it: few, so each is asked for."""
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
    is_held = (Comment.status == CommentStatus.HELD) & (Comment.revision == Decision.revision)
    holds = (
        select(epoch(Decision.created_at), epoch(func.coalesce(decided, Comment.pending_since)), is_held)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(HOLDS, Decision.created_at < period.start)
    )
    return [
        (begin, inf if still else end)
        for first in range(0, len(comment_ids), AT_ONCE)
        for begin, end, still in session.execute(
            holds.where(Decision.comment_id.in_(comment_ids[first : first + AT_ONCE]))
        )
        if still or end > period.start.timestamp()
    ]
