"""How long comments waited: for the policy's verdict, for a moderator. Medians are exact to a hundredth of a second.

Counted by the hundredth in the database and ranked here: sorting there took six times as long.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, and_, cast, func, select
from sqlalchemy.orm import Session

from service.models import Comment, Decision
from service.moderation.insight import moderators_record
from service.moderation.insight.counted_decisions import automatic
from service.moderation.insight.periods import Period, epoch
from service.percentiles import nearest_rank


@dataclass(frozen=True, kw_only=True)
class Delay:
    """How long something took, in seconds: the median and the 95th percentile; None where nothing was measured."""

    count: int
    median: float | None
    p95: float | None


def time_to_verdict(session: Session, site_id: str, period: Period, /) -> tuple[Delay, dict[int, Delay]]:
    """Return how long comments waited for the policy's verdict: over all, and by step; steps without one are absent."""
    counts = _counts(session, _verdict_seconds(site_id, period))
    return _percentiles(sum(counts.values(), Counter())), {step: _percentiles(found) for step, found in counts.items()}


def time_to_review(session: Session, site_id: str, period: Period, /) -> Delay:
    """Return how long held comments waited for a moderator."""
    return of_seconds(act.held_seconds for act in moderators_record.read(session, site_id, period))


def of_seconds(seconds: Iterable[float | None], /) -> Delay:
    """Return count, median and 95th percentile of what was measured; None was not."""
    return _percentiles(Counter(max(round(value * 100), 0) for value in seconds if value is not None))


def of(session: Session, timed: Select[int, float], /) -> Delay:
    """Return count, median and 95th percentile of a statement's column `seconds`, over all its `step`s."""
    return _percentiles(sum(_counts(session, timed).values(), Counter()))


def _verdict_seconds(site_id: str, period: Period) -> Select[int, float]:
    # Of an edited comment only the newest revision's wait is known: `pending_since` belongs to it.
    seconds = epoch(Decision.created_at) - epoch(Comment.pending_since)
    return (
        select(period.step_of(Decision.created_at).label("step"), seconds.label("seconds"))
        .join(Comment, and_(Comment.id == Decision.comment_id, Comment.revision == Decision.revision))
        .where(*automatic(site_id, period))
    )


def _counts(session: Session, timed: Select[Any, float]) -> dict[Any, Counter[int]]:
    within = timed.subquery()
    hundredths = cast(func.round(within.c.seconds * 100), Integer)
    counts: dict[Any, Counter[int]] = defaultdict(Counter)
    rows = session.execute(select(within.c.step, hundredths, func.count()).group_by(within.c.step, hundredths))
    for step, value, count in rows:
        counts[step][max(value, 0)] += count
    return counts


def _percentiles(counts: Counter[int]) -> Delay:
    median, p95 = (nearest_rank(counts, percent) for percent in (50, 95))
    if median is None or p95 is None:
        return Delay(count=0, median=None, p95=None)
    return Delay(count=sum(counts.values()), median=median / 100, p95=p95 / 100)
