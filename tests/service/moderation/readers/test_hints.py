"""The effect of hints, by day: shown, edited, sent anyway, with an interval."""

from datetime import UTC, date, datetime, timedelta

from service.db import Database
from service.models import Site
from service.moderation.insight.counts.periods import between
from service.moderation.readers import hints

TODAY = date(2026, 11, 22)


def test_no_more_outcomes_are_counted_than_hints_were_shown(database: Database, site: Site) -> None:
    with database.write() as session:
        for what in ("edited", "shown", "edited", "sent_anyway", "edited"):
            hints.add(session, site.id, TODAY, what)  # type: ignore[arg-type]
    end = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with database.read() as session:
        found = hints.effect(session, site.id, between(end - timedelta(days=7), end))
    assert (found.shown, found.edited.hits, found.sent_anyway.hits) == (1, 1, 0)


def test_the_effect_is_the_sum_of_the_days_of_a_period_and_of_one_site(
    database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        for day in (TODAY, TODAY - timedelta(days=1), TODAY - timedelta(days=40)):
            for what in ("shown", "shown", "shown", "edited", "edited", "sent_anyway"):
                hints.add(session, site.id, day, what)  # type: ignore[arg-type]
        hints.add(session, other_site.id, TODAY, "shown")
    end = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with database.read() as session:
        found = hints.effect(session, site.id, between(end - timedelta(days=7), end))
        nothing = hints.effect(session, other_site.id, between(end - timedelta(days=90), end - timedelta(days=80)))
    assert (found.shown, found.edited.hits, found.edited.of, found.sent_anyway.hits) == (6, 4, 6, 2)
    low, high = found.edited.interval or (0, 0)
    assert low < 4 / 6 < high
    assert (nothing.shown, nothing.edited.value) == (0, None)
