"""Quiet hours and mornings, in the recipient's zone, also over midnight and where the clock changes."""

from datetime import UTC, date, datetime

import pytest

from service.moderation.alerts.hours import Hours, is_zone, zones

VIENNA = Hours("Europe/Vienna", "22:00", "07:00")


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "ends"),
    [
        (VIENNA, at(10, 20, 59), None),  # 21:59 there
        (VIENNA, at(10, 21), at(11, 6)),
        (VIENNA, at(11, 3), at(11, 6)),
        (VIENNA, at(11, 6), None),
        (VIENNA, at(24, 22, month=10), at(25, 6, month=10)),  # the night in which the clock is set back
        (VIENNA, at(28, 22, month=3), at(29, 5, month=3)),  # and in which it is set forward
        (Hours("UTC", "12:00", "14:00"), at(10, 13, 59), at(10, 14)),
        (Hours("UTC", "12:00", "14:00"), at(10, 14), None),
        (Hours("UTC", "09:00", "09:00"), at(10, 9), None),
        (Hours("UTC"), at(10, 3), None),
        (Hours("Nowhere/Gone", "22:00", "07:00"), at(10, 23), at(11, 7)),  # as UTC
    ],
)
def test_quiet_hours_end_at_their_time_of_day(hours: Hours, now: datetime, ends: datetime | None) -> None:
    assert hours.quiet_ends(now) == ends


def test_a_summary_is_due_between_eight_and_noon_and_is_of_the_day_before() -> None:
    assert VIENNA.morning(at(10, 6, 59)) is None
    assert VIENNA.morning(at(10, 7)) == date(2026, 11, 10)
    assert VIENNA.morning(at(10, 11)) is None
    assert VIENNA.day_before(at(10, 7)) == (at(8, 23), at(9, 23))
    assert VIENNA.day_before(at(26, 7, month=10)) == (at(24, 22, month=10), at(25, 23, month=10))  # of 25 hours


def test_zones_are_places() -> None:
    assert zones()[0] == "UTC"
    assert is_zone("Europe/Vienna")
    assert not is_zone("../etc/passwd")
    assert not is_zone("posixrules")
