"""How long comments waited: for the policy's verdict, for a moderator.

Counted by the hundredth of a second, from ten seconds on by two digits, cut off; ranked here.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import Session

from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import Period
from service.percentiles import nearest_rank


@dataclass(frozen=True, kw_only=True)
class Delay:
    """How long something took, in seconds: the median and the 95th percentile; None where nothing was measured."""

    count: int
    median: float | None
    p95: float | None


def time_to_verdict(session: Session, site_id: str, period: Period, /) -> tuple[Delay, dict[int, Delay]]:
    """Return how long comments waited for the policy's verdict: over all, and by step; steps without one are absent."""
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for row in counters.read(session, site_id, "delays", period, by_step=True):
        counts[row.step][int(row.key)] += row.amount
    return _percentiles(sum(counts.values(), Counter())), {step: _percentiles(found) for step, found in counts.items()}


def time_to_review(session: Session, site_id: str, period: Period, /) -> Delay:
    """Return how long held comments waited for a moderator."""
    return _percentiles(sum(reviews(session, site_id, period).values(), Counter()))


def reviews(session: Session, site_id: str, period: Period, /) -> dict[str, Counter[int]]:
    """Return by moderator how often the comments they decided had been held for so many hundredths of a second."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for row in counters.read(session, site_id, "reviews", period, by_step=False):
        hundredths, _, who = row.key.partition("/")
        counts[who][int(hundredths)] += row.amount
    return counts


def median(counts: Counter[int], /) -> float | None:
    """Return the median, in seconds, of hundredths of a second."""
    return _percentiles(counts).median


def of(session: Session, timed: Select[int, float], /) -> Delay:
    """Return count, median and 95th percentile of a statement's column `seconds`, over all its `step`s."""
    return _percentiles(sum(_counts(session, timed).values(), Counter()))


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
