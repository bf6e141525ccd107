"""Hours of an override: by the clock on the wall, past midnight, and on the days when the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.moderation.policy.timetable import DAYS, Hours, Timetable

MADRID = ZoneInfo("Europe/Madrid")
NIGHTS = Timetable(hours=(Hours(days=DAYS, begin="22:00", end="06:00"),))
HOUR = st.integers(0, 23).map("{:02}:00".format)


def at(text: str, zone: ZoneInfo = MADRID, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "covered"),
    [("2026-11-30T21:59", False), ("2026-11-30T22:00", True), ("2026-12-01T05:59", True), ("2026-12-01T06:00", False)],
)
def test_hours_past_midnight_begin_on_their_day_and_end_on_the_next(moment: str, covered: bool) -> None:
    assert NIGHTS.covers(at(moment), MADRID) is covered


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday = Timetable(hours=(Hours(days=("fri",), begin="22:00", end="06:00"),))
    assert friday.covers(at("2026-12-05T03:00"), MADRID)  # a Saturday
    assert not friday.covers(at("2026-12-04T03:00"), MADRID)  # the Friday morning before


def test_equal_begin_and_end_are_a_whole_day_and_days_that_follow_one_another_end_together() -> None:
    weekend = Timetable(hours=(Hours(days=("sat", "sun"), begin="00:00", end="00:00"),))
    assert weekend.covers(at("2026-12-05T00:00"), MADRID)
    assert weekend.end_at(at("2026-12-05T12:00"), MADRID) == at("2026-12-07T00:00")
    always = Timetable(hours=(Hours(days=DAYS, begin="08:00", end="08:00"),))
    assert always.end_at(at("2026-12-05T12:00"), MADRID) is None


def test_until_ends_an_override_and_shortens_its_last_hours() -> None:
    until = at("2026-12-01T02:00")
    nights = Timetable(hours=NIGHTS.hours, until=until)
    assert nights.covers(until - timedelta(seconds=1), MADRID)
    assert not nights.covers(until, MADRID)
    assert nights.end_at(at("2026-11-30T23:00"), MADRID) == until
    assert Timetable(until=until).end_at(at("2026-11-30T12:00"), MADRID) == until


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [("2026-03-28T22:00", "2026-03-29T06:00", 7), ("2026-10-24T22:00", "2026-10-25T06:00", 9)],
)
def test_a_night_is_an_hour_shorter_or_longer_when_the_clocks_change(begins: str, ends: str, hours: int) -> None:
    moment, covered = at(begins), 0
    assert NIGHTS.end_at(moment, MADRID) == at(ends)
    while NIGHTS.covers(moment, MADRID):
        moment, covered = moment + timedelta(minutes=15), covered + 1
    assert covered == hours * 4


def test_an_end_at_an_hour_that_comes_twice_is_the_second_and_the_hours_have_no_gap() -> None:
    night = Timetable(hours=(Hours(days=DAYS, begin="22:00", end="02:30"),))
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)
    moment = first - timedelta(hours=1)
    while moment < second:
        assert night.covers(moment, MADRID)
        moment += timedelta(minutes=5)
    assert not night.covers(second, MADRID)


@given(
    st.sets(st.sampled_from(DAYS), min_size=1).map(tuple), HOUR, HOUR,
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.sampled_from(["Europe/Madrid", "UTC", "Australia/Lord_Howe", "America/Havana"]),
)  # fmt: skip
def test_an_end_is_when_it_ends(days: tuple[str, ...], begin: str, end: str, naive: datetime, name: str) -> None:
    zone, moment = ZoneInfo(name), naive.replace(tzinfo=UTC)
    table = Timetable.model_validate({"hours": [{"days": days, "begin": begin, "end": end}]})
    ends = table.end_at(moment, zone)
    if not table.covers(moment, zone):
        assert ends == moment
    elif ends is not None:
        assert ends > moment
        assert not table.covers(ends, zone)
        assert table.covers(ends - timedelta(seconds=1), zone)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({}, "needs hours or until"),
        ({"hours": [{"days": [], "begin": "22:00", "end": "06:00"}]}, "at least 1"),
        ({"hours": [{"days": ["mon", "mon"], "begin": "22:00", "end": "06:00"}]}, "a day twice"),
        ({"hours": [{"days": ["mon"], "begin": "22:00", "end": "24:00"}]}, "pattern"),
        ({"hours": [{"days": ["mon"], "begin": "7:00", "end": "08:00"}]}, "pattern"),
        ({"until": "2026-12-01T02:00:00"}, "timezone"),
        ({"until": "9999-12-01T02:00:00Z"}, "1970 and 2200"),
    ],
)
def test_a_timetable_that_says_nothing_clear_is_refused(bad: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Timetable.model_validate(bad)


def test_hours_are_said_as_people_say_them() -> None:
    office = Hours(days=("fri", "mon", "tue", "wed", "thu"), begin="09:00", end="17:00")
    assert NIGHTS.words("Europe/Madrid") == "every night 22:00 to 06:00 (Europe/Madrid)"
    assert office.words == "Monday to Friday 09:00 to 17:00"
    assert Hours(days=("mon", "sat"), begin="00:00", end="00:00").words == "Monday and Saturday 00:00 to 00:00"
    until = Timetable(until=at("2026-12-01T02:00"))
    assert until.words("Europe/Madrid") == "until 1 December 2026 02:00 (Europe/Madrid)"
