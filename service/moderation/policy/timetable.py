"""When an override holds: at weekly hours in the site's time zone, until a moment, or both. Pure.

Hours are those of the clock on the wall, and each day's hours become two instants. When the clocks change, an hour is
missing or comes twice; the longer of the two readings counts, so that hours that follow one another leave no gap.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from service.sentences import N_

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_HOURS = 14
A_DAY = timedelta(days=1)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder
        raise ValueError(N_("must be a name of the IANA time zone database, such as Europe/Madrid")) from None
    return name


def _utc(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2200:
        raise ValueError(N_("must lie between the years 1970 and 2200"))
    return moment.astimezone(UTC)


def _in_order(days: tuple[Day, ...]) -> tuple[Day, ...]:
    if len(set(days)) < len(days):
        raise ValueError("must not name a day twice")
    return tuple(day for day in DAYS if day in days)


TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_known_zone)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Until = Annotated[AwareDatetime, AfterValidator(_utc)]


class Hours(BaseModel):
    """From `begin` to `end` on some days of the week; `end` is on the next day where it is not after `begin`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7), AfterValidator(_in_order)]
    begin: Clock
    end: Clock

    @property
    def words(self) -> str:
        """Return them as in "Monday to Friday 09:00 to 17:00"."""
        return f"{self._days_in_words} {self.begin} to {self.end}"

    @property
    def are_of_every_day(self) -> bool:
        return len(self.days) == len(DAYS)

    @property
    def are_a_night(self) -> bool:
        return self.end < self.begin

    @property
    def are_of_a_run(self) -> bool:
        """Whether the days are three or more that follow one another within a week."""
        return DAYS.index(self.days[-1]) - DAYS.index(self.days[0]) == len(self.days) - 1 > 1

    @property
    def _days_in_words(self) -> str:
        if self.are_of_every_day:
            return "every night" if self.are_a_night else "every day"
        names = [NAMES[DAYS.index(day)] for day in self.days]
        if self.are_of_a_run:
            return f"{names[0]} to {names[-1]}"
        return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))

    def end_at(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the hours that `now` lies in end; None where it lies in none."""
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        today = now.astimezone(zone).date()
        for day in (today - A_DAY, today):
            if DAYS[day.weekday()] in self.days:
                until = max(_readings(day if begin < end else day + A_DAY, end, zone))
                if min(_readings(day, begin, zone)) <= now < until:
                    return until
        return None


class Timetable(BaseModel):
    """The hours of every week in which an override holds, and the moment from which it holds no more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Annotated[tuple[Hours, ...], Field(max_length=MOST_HOURS)] = ()  # none: at all hours
    until: Until | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self.hours and self.until is None:
            raise ValueError("needs hours or until; leave when out for an override that always holds")
        return self

    def covers(self, now: datetime, zone: ZoneInfo, /) -> bool:
        """Whether the override holds at `now`."""
        is_over = self.until is not None and now >= self.until
        return not is_over and (not self.hours or any(hours.end_at(now, zone) for hours in self.hours))

    def end_at(self, now: datetime, zone: ZoneInfo, /) -> datetime | None:
        """Return when the time that `now` lies in ends, hours that follow one another taken together; None: never."""
        end = self.until
        if self.hours:
            end, reached = None, now
            for _ in range(MOST_HOURS):
                ends = [at for hours in self.hours if (at := hours.end_at(reached, zone)) is not None]
                if not ends or (self.until is not None and reached >= self.until):
                    end = reached
                    break
                reached = max(ends)
            end = self.until if end is None else min(end, self.until or end)
        return end

    def words(self, zone_name: str, /) -> str:
        """Return it as in "every night 22:00 to 06:00 (Europe/Madrid), until 30 November 2026 18:00"."""
        said = [f"{' and '.join(hours.words for hours in self.hours)} ({zone_name})"] if self.hours else []
        if self.until is not None:
            said.append(f"until {in_words(self.until, zone_name)}")
        return ", ".join(said)


def in_words(moment: datetime, zone_name: str, /) -> str:
    """Return a moment as the clocks of a time zone show it, as in "30 November 2026 18:00 (Europe/Madrid)"."""
    return f"{moment.astimezone(ZoneInfo(zone_name)):%-d %B %Y %H:%M} ({zone_name})"


def _readings(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    # By the clock before a change and by the clock after it; the same instant on every other day.
    local = datetime.combine(day, at, zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
