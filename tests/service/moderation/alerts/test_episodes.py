"""A condition that begins is alerted once, again each day, and once when it is over, even if it comes and goes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from service.db import Database
from service.models import AlertKind, Site
from service.moderation.alerts import episodes
from service.moderation.alerts.conditions import Facts

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Story:
    """One condition, looked at every half minute of made-up time."""

    def __init__(self, database: Database, site: Site, kind: AlertKind = AlertKind.QUEUE_LONG) -> None:
        self.database, self.site, self.kind, self.now = database, site, kind, START

    def lasts(self, minutes: float, facts: Facts | None) -> list[tuple[str, float]]:
        """Return what was said, with the minutes since the story's start."""
        said = []
        for _ in range(round(minutes * 2)):
            with self.database.write() as session:
                turn = episodes.note(session, self.kind, self.site.id, facts, now=self.now)
                if turn is not None:
                    said.append((turn.phase.value, (self.now - START) / timedelta(minutes=1)))
            self.now += timedelta(seconds=30)
        return said


@pytest.fixture
def story(database: Database, site: Site) -> Story:
    return Story(database, site)


def test_it_is_said_once_when_it_begins_and_once_when_it_is_over(story: Story) -> None:
    assert story.lasts(60, {"amount": 300}) == [("begins", 1.0)]
    assert story.lasts(60, None) == [("over", 69.5)]


@pytest.mark.one_database
def test_what_lasts_is_said_again_each_day(story: Story) -> None:
    story.lasts(2, {"amount": 300})
    story.now += timedelta(hours=23)
    assert story.lasts(50, {"amount": 300}) == []
    story.now += timedelta(minutes=10)
    assert [phase for phase, _ in story.lasts(2, {"amount": 300})] == ["lasts"]


@pytest.mark.one_database
def test_what_is_gone_within_a_minute_is_not_said(story: Story) -> None:
    assert story.lasts(1, {"amount": 300}) == []
    assert story.lasts(30, None) == []


@pytest.mark.one_database
def test_what_comes_and_goes_is_one_episode(story: Story) -> None:
    said = []
    for _ in range(12):
        said += story.lasts(5, {"amount": 300})
        said += story.lasts(5, None)
    assert said == [("begins", 1.0)]


@pytest.mark.one_database
def test_what_comes_and_goes_slowly_is_not_begun_twice_within_an_hour(story: Story) -> None:
    said = []
    for _ in range(12):
        said += story.lasts(12, {"amount": 300})
        said += story.lasts(12, None)
    begun = [minutes for phase, minutes in said if phase == "begins"]
    assert all(later - earlier >= 60 for earlier, later in pairwise(begun))
    assert len(said) <= 2 * (12 * 24 / 60) + 1


@pytest.mark.one_database
def test_more_legal_notices_are_said_before_a_day_is_over(database: Database, site: Site) -> None:
    story = Story(database, site, AlertKind.LEGAL_NOTICE)
    assert story.lasts(30, {"amount": 1}) == [("begins", 1.0)]
    assert story.lasts(30, {"amount": 2}) == [("lasts", 30.0)]
    assert story.lasts(30, {"amount": 1}) == []
