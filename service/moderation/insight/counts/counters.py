"""A site's figures as counts that the database keeps: by quarter of an hour and by day, whatever is stored.

Views say what each row adds to a figure, and triggers note every change in the transaction that makes it (migration
`figures`); no line of the service counts. The notes are rows of their own, because moderators and workers who change
one row would wait for each other. `fold` adds them to the counts. A figure is the sum of whole days, of quarters of an
hour, of what is not folded yet, and, at both ends of a period, of the rows themselves.

The names: `comments` received by status and verdict; the service's `verdicts` with their `reasons`, `articles` and
`delays`; moderators' `acts` and how long the comments had been held for them (`reviews`); `callbacks` by state.
"""

# ruff: noqa: S608  (every name in a statement is a constant of this file)

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.orm import Session

from service.db import UtcDateTime
from service.moderation.insight.counts.periods import DAY, Period

QUARTER = 900  # seconds
AT_ONCE = 4_000  # changes that one transaction folds: on SQLite nobody else writes meanwhile
VIEWS = {
    "comments": "figure_of_comment",
    "verdicts": "figure_of_decision",
    "reasons": "figure_of_decision",
    "articles": "figure_of_decision",
    "delays": "figure_of_wait",
    "acts": "figure_of_act",
    "reviews": "figure_of_act",
    "callbacks": "figure_of_delivery",
}
COLUMNS = "site_id, name, start, key, amount"
OLDEST = text(f"SELECT number FROM figure_change ORDER BY number LIMIT {AT_ONCE}")
OLDEST_AND_LOCK = text(f"{OLDEST.text} FOR UPDATE SKIP LOCKED")
ADD = text(
    "INSERT INTO figure (site_id, name, span, start, key, amount)"
    " SELECT site_id, name, span, start / span * span, key, sum(amount) FROM figure_change"
    f" CROSS JOIN (SELECT {QUARTER} AS span UNION ALL SELECT {DAY}) spans WHERE number IN :numbers"
    " GROUP BY site_id, name, span, start / span * span, key HAVING sum(amount) <> 0"
    " ORDER BY 1, 2, 3, 4, 5"  # one order for all who lock several
    " ON CONFLICT (site_id, name, span, start, key) DO UPDATE SET amount = figure.amount + excluded.amount"
).bindparams(bindparam("numbers", expanding=True))
REMOVE = text("DELETE FROM figure_change WHERE number IN :numbers").bindparams(bindparam("numbers", expanding=True))


def read(session: Session, site_id: str, name: str, period: Period, /, *, by_step: bool) -> Sequence[Row[Any]]:
    """Return (step, key, amount) of a figure over the period; every step is 0 unless `by_step`."""
    step = period.step if by_step else 0
    bound: dict[str, Any] = {"site": site_id, "name": name}
    parts = [*_counts(period, by_day=not step or step % DAY == 0), *_rows(name, period, bound)]
    at = f"start - start % {step}" if step else "start * 0"
    statement = text(
        f"SELECT {at} AS step, key, CAST(sum(amount) AS BIGINT) AS amount FROM ({' UNION ALL '.join(parts)}) part"
        f" GROUP BY {at}, key HAVING sum(amount) <> 0"
    )
    times = [bindparam(key, type_=UtcDateTime) for key, value in bound.items() if isinstance(value, datetime)]
    return session.execute(statement.bindparams(*times), bound).all()


def fold(session: Session, /) -> int:
    """Add the oldest changes to the counts; return how many, fewer than `AT_ONCE` when none is left."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    numbers = session.scalars(OLDEST_AND_LOCK if postgresql else OLDEST).all()
    if numbers:
        session.execute(ADD, {"numbers": numbers})
        session.execute(REMOVE, {"numbers": numbers})
    return len(numbers)


def _counts(period: Period, *, by_day: bool) -> Iterator[str]:
    first, last = _whole_quarters(period)
    if first >= last:
        return
    ranges = [(QUARTER, first, last)]
    day, end = -(-first // DAY) * DAY, last // DAY * DAY
    if by_day and day < end:
        ranges = [(QUARTER, first, day), (DAY, day, end), (QUARTER, end, last)]
    for span, since, until in ranges:
        yield (
            "SELECT start, key, amount FROM figure WHERE site_id = :site AND name = :name"
            f" AND span = {span} AND start >= {since} AND start < {until}"
        )
    yield (
        "SELECT start, key, amount FROM figure_change WHERE site_id = :site AND name = :name"
        f" AND start >= {first} AND start < {last}"
    )


def _rows(name: str, period: Period, bound: dict[str, Any]) -> Iterator[str]:
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in _whole_quarters(period))
    ends = [(period.start, first), (last, period.end)] if first < last else [(period.start, period.end)]
    for number, (since, until) in enumerate(ends):
        if since < until:
            bound |= {f"since_{number}": since, f"until_{number}": until}
            yield (
                f"SELECT start, key, 1 AS amount FROM {VIEWS[name]} WHERE site_id = :site AND name = :name"
                f" AND at >= :since_{number} AND at < :until_{number}"
            )


def _whole_quarters(period: Period) -> tuple[int, int]:
    """Return where the first quarter of an hour begins that is all within the period, and where the last one ends."""
    first = -(-period.start.timestamp() // QUARTER) * QUARTER
    return int(first), int(period.end.timestamp()) // QUARTER * QUARTER
