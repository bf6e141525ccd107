"""Quiet hours and mornings in a time zone, pure; a day on which the clock changes has 23 or 25 hours."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MORNING = time(8)
NOON = time(12)  # a summary that could not leave by then is no morning's
PLACES = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@dataclass(frozen=True)
class Hours:
    """A zone, and from when until when alerts wait there ("22:00"); without both there are no quiet hours."""

    zone: str = "UTC"
    quiet_from: str = ""
    quiet_until: str = ""

    def quiet_ends(self, now: datetime, /) -> datetime | None:
        """Return when the quiet hours end that `now` lies in, None outside of them."""
        if not self.quiet_from or not self.quiet_until or self.quiet_from == self.quiet_until:
            return None
        here = now.astimezone(_zone(self.zone))
        begins, ends = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)
        clock = here.time().replace(second=0, microsecond=0)
        if begins < ends:
            is_quiet, day = begins <= clock < ends, here.date()
        else:
            is_quiet = clock >= begins or clock < ends
            day = here.date() + timedelta(days=1) if clock >= begins else here.date()
        return datetime.combine(day, ends, here.tzinfo).astimezone(UTC) if is_quiet else None

    def morning(self, now: datetime, /) -> date | None:
        """Return the day whose summary is due at `now`, None except between eight and noon."""
        here = now.astimezone(_zone(self.zone))
        return here.date() if MORNING <= here.time() < NOON else None

    def day_before(self, now: datetime, /) -> tuple[datetime, datetime]:
        """Return the beginning and the end of yesterday."""
        today = now.astimezone(_zone(self.zone)).date()
        begins, ends = (datetime.combine(day, time(), _zone(self.zone)) for day in (today - timedelta(days=1), today))
        return begins.astimezone(UTC), ends.astimezone(UTC)


def is_zone(name: str, /) -> bool:
    """Whether `name` is a time zone that can be chosen."""
    return name in zones()


@cache
def zones() -> tuple[str, ...]:
    """Return the zones to choose from: UTC, then places, as Europe/Vienna."""
    return "UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in PLACES)


def is_clock(text: str, /) -> bool:
    """Whether `text` is a time of day, as 22:00."""
    return CLOCK.fullmatch(text) is not None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # one that this machine no longer knows
        return ZoneInfo("UTC")
