"""How long comments waited: for the policy's verdict, for a moderator. Medians are exact to a hundredth of a second.

Counted by the hundredth in the database and ranked here: sorting there took six times as long.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from service.models import Comment, Decision
from service.moderation.counted import BY_THE_SERVICE, automatic, by_people
from service.moderation.periods import Period, epoch
from service.vocabulary import CommentStatus


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
    return of(session, review_seconds(literal(0)).where(*by_people(site_id, period)))


def of(session: Session, timed: Select[int, float], /) -> Delay:
    """Return count, median and 95th percentile of a statement's column `seconds`, over all its `step`s."""
    return _percentiles(sum(_counts(session, timed).values(), Counter()))


def medians(session: Session, timed: Select[Any, float], /) -> dict[Any, float]:
    """Return the median of a statement's column `seconds` for each `step`; those without a row are absent."""
    found = {group: _percentiles(counts).median for group, counts in _counts(session, timed).items()}
    return {group: median for group, median in found.items() if median is not None}


def review_seconds(step: ColumnElement[Any], /) -> Select[Any, float]:
    """Return the statement of how long each decided comment had been held, with `step` to group by."""
    held = aliased(Decision)
    return select(step.label("step"), (epoch(Decision.created_at) - epoch(held.created_at)).label("seconds")).join(
        held,
        and_(
            held.comment_id == Decision.comment_id,
            held.revision == Decision.revision,
            held.source.in_(BY_THE_SERVICE),
            held.to_status == CommentStatus.IN_REVIEW,
            Decision.from_status == CommentStatus.IN_REVIEW,
        ),
    )


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
    total = sum(counts.values())
    if not total:
        return Delay(count=0, median=None, p95=None)
    wanted = {50: (total * 50 + 99) // 100, 95: (total * 95 + 99) // 100}
    found: dict[int, float] = {}
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        for percent, rank in wanted.items():
            if seen >= rank and percent not in found:
                found[percent] = value / 100
    return Delay(count=total, median=found[50], p95=found[95])
