"""A stretch of time cut into equal steps, and the SQL that sorts times into them; all steps are UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.errors import Invalid

HOUR, DAY = 3_600, 86_400
STEPS = (900, HOUR, 6 * HOUR, DAY, 7 * DAY)
POINTS = 100  # a chart's most; the smallest step that stays within it is taken
Time = ColumnElement[datetime] | InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
PRESETS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365}  # days


class epoch(FunctionElement[float]):  # noqa: N801  (an SQL function, written as one)
    """Seconds since 1970 of a stored time, to the millisecond at least."""

    type = Float()
    inherit_cache = True


@compiles(epoch, "sqlite")
def _epoch_on_sqlite(element: epoch, compiler: SQLCompiler, **kw: Any) -> str:
    (moment,) = element.clauses
    return f"((julianday({compiler.process(moment, **kw)}) - 2440587.5) * 86400.0)"


@compiles(epoch, "postgresql")
def _epoch_on_postgresql(element: epoch, compiler: SQLCompiler, **kw: Any) -> str:
    (moment,) = element.clauses
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(moment, **kw)}) AS DOUBLE PRECISION)"


@dataclass(frozen=True)
class Period:
    """From `start` on, before `end`, in steps of `step` seconds aligned to 1970."""

    start: datetime
    end: datetime
    step: int

    @property
    def starts(self) -> list[int]:
        """When each step begins, in seconds since 1970, oldest first."""
        first = int(self.start.timestamp()) // self.step * self.step
        return list(range(first, max(int(self.end.timestamp()), first + 1), self.step))

    def covers(self, moment: Time, /) -> ColumnElement[bool]:
        """Return the condition that a stored time lies within."""
        return (moment >= self.start) & (moment < self.end)

    def step_of(self, moment: Time, /) -> ColumnElement[int]:
        """Return the step a stored time lies in, as seconds since 1970."""
        # The half millisecond undoes julianday's rounding, which would put 12:00:00.000 into the step before.
        whole = _floor(epoch(moment) + 0.0005)
        return whole - whole % self.step

    def before(self) -> "Period":
        """Return the stretch of the same length just before, to compare with."""
        return Period(self.start - (self.end - self.start), self.start, self.step)


def of_days(days: float, /, *, now: datetime) -> Period:
    """Return the last `days`, ending now."""
    return between(now - timedelta(days=days), now)


def between(start: datetime, end: datetime, /) -> Period:
    """Return the period with the finest step that gives a chart of at most `POINTS`; raise Invalid when it is empty."""
    if end <= start:
        raise Invalid("The period ends before it begins; choose an end after the start.")
    seconds = (end - start).total_seconds()
    step = next((step for step in STEPS if seconds / step <= POINTS), STEPS[-1])
    return Period(start, end, step)


def parse(preset: str, start: str, end: str, /, *, now: datetime) -> Period:
    """Read a period from a page's or a request's parameters: a preset, or two dates (the end's day included)."""
    if not start and not end:
        return of_days(PRESETS.get(preset, PRESETS["7d"]), now=now)
    try:
        first = datetime.fromisoformat(start) if start else now - timedelta(days=7)
        last = datetime.fromisoformat(end) if end else now
    except ValueError:
        raise Invalid("A date of the period cannot be read; write it as 2026-01-31.") from None
    first, last = (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (first, last))
    if end and len(end) == 10:
        last += timedelta(days=1)
    return between(first, min(last, now) if last > now > first else last)


class _floor(FunctionElement[int]):  # noqa: N801
    type = BigInteger()
    inherit_cache = True


@compiles(_floor, "sqlite")
def _floor_on_sqlite(element: _floor, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS INTEGER)"  # cuts off; times are after 1970


@compiles(_floor, "postgresql")
def _floor_on_postgresql(element: _floor, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(FLOOR({compiler.process(element.clauses, **kw)}) AS BIGINT)"
