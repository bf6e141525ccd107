"""The figures: what is counted, over which stretch, whose."""

from datetime import UTC, datetime, timedelta

import pytest

from service.clock import utc_now
from service.db import Database
from service.errors import Invalid
from service.models import Delivery, DeliveryState, Endpoint, Site
from service.moderation.insight import (
    callbacks_by_state,
    delays,
    moderators_work,
    open_comments,
    policy_verdicts,
    transparency,
)
from service.moderation.insight.counts import periods
from service.moderation.insight.counts.periods import DAY, HOUR, Period
from service.moderation.insight.delays import Delay
from service.moderation.insight.intervals import Share
from service.moderation.trials import past
from service.vocabulary import Attribute, Event, Verdict
from tests.support.history import History

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY_OF_IT = Period(NOON - timedelta(hours=12), NOON + timedelta(hours=12), HOUR)
TOXIC, RUDE = {Attribute.TOXICITY: 0.97}, {Attribute.TOXICITY: 0.6}


def test_steps_count_what_came_and_what_the_policy_made_of_it(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        history.comment(NOON, scores=TOXIC)
        history.comment(NOON + timedelta(minutes=59, seconds=59, milliseconds=999), seconds=0)
        history.comment(NOON + timedelta(hours=1), scores=RUDE)
    with database.read() as session:
        steps = policy_verdicts.steps(session, site.id, DAY_OF_IT)
    assert len(steps) == 24
    told = {s.start: (s.received, s.approve, s.hold, s.reject) for s in steps if s.received}
    noon = int(NOON.timestamp())
    assert told == {noon: (2, 1, 0, 1), noon + HOUR: (1, 0, 1, 0)}


def test_nothing_outside_the_period_and_nothing_of_another_site_counts(
    database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        History(session, other_site).comment(NOON, scores=TOXIC)
        history = History(session, site)
        history.comment(DAY_OF_IT.start - timedelta(minutes=5), scores=TOXIC)
        history.comment(DAY_OF_IT.end, scores=TOXIC)
    with database.read() as session:
        assert not any(step.received or step.reject for step in policy_verdicts.steps(session, site.id, DAY_OF_IT))
        assert policy_verdicts.reasons(session, site.id, DAY_OF_IT) == []
        assert delays.time_to_verdict(session, site.id, DAY_OF_IT) == (Delay(count=0, median=None, p95=None), {})
        assert moderators_work.work(session, site.id, DAY_OF_IT) == []


def test_reasons_are_counted_with_their_attribute(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        for _ in range(2):
            history.comment(NOON, scores={Attribute.TOXICITY: 0.97, Attribute.INSULT: 0.6})
        history.comment(NOON, text="short")
        history.comment(NOON)
    with database.read() as session:
        assert policy_verdicts.reasons(session, site.id, DAY_OF_IT) == [
            ("off_topic_not_judged", "", 2),  # what is too short is not scored
            ("toxic", "insult", 2),
            ("toxic", "toxicity", 2),
            ("too_short", "", 1),
        ]


def test_times_to_verdict_are_exact_percentiles(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        for seconds in range(1, 101):
            history.comment(NOON, seconds=seconds)
        history.comment(NOON + timedelta(hours=1), seconds=7)
    with database.read() as session:
        whole, by_step = delays.time_to_verdict(session, site.id, DAY_OF_IT)
    assert (whole.count, whole.median, whole.p95) == (101, pytest.approx(50, abs=0.01), pytest.approx(95, abs=0.01))
    noon = int(NOON.timestamp())
    assert set(by_step) == {noon, noon + HOUR}
    assert by_step[noon].median == pytest.approx(50, abs=0.01)
    assert by_step[noon].p95 == pytest.approx(95, abs=0.01)
    assert by_step[noon + HOUR].p95 == pytest.approx(7, abs=0.01)


def test_a_comment_held_for_ten_minutes_waited_ten_minutes(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        history.comment(NOON, scores=RUDE, decided_by=anna, verdict=Verdict.APPROVE, after=timedelta(minutes=10))
    with database.read() as session:
        held = delays.time_to_review(session, site.id, DAY_OF_IT)
    assert (held.count, held.median) == (1, pytest.approx(600, abs=0.01))


def test_work_tells_who_decided_what_and_whom_others_overturned(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna, ben = history.moderator("Anna"), history.moderator("Ben")
        wrong = history.comment(NOON, scores=RUDE, decided_by=anna, verdict=Verdict.REJECT)
        history.comment(NOON, scores=RUDE, decided_by=anna, verdict=Verdict.APPROVE)
        history.decide(wrong, ben, Verdict.APPROVE, NOON + timedelta(hours=2))
        corrected = history.comment(NOON, scores=RUDE, decided_by=ben, verdict=Verdict.REJECT)
        history.decide(corrected, ben, Verdict.APPROVE, NOON + timedelta(hours=3))
    with database.read() as session:
        rows = {row.name: row for row in moderators_work.work(session, site.id, DAY_OF_IT)}
    assert (rows["Anna"].decisions, rows["Anna"].rejected, rows["Anna"].overturned) == (2, 1, 1)
    assert (rows["Ben"].decisions, rows["Ben"].overturned) == (3, 0)  # who corrects themselves was not overturned
    assert rows["Anna"].median_wait == pytest.approx(600, abs=0.01)


def test_the_matrix_sets_the_first_moderator_against_the_policy(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna, ben = history.moderator("Anna"), history.moderator("Ben")
        first = history.comment(NOON, scores=RUDE, decided_by=anna, verdict=Verdict.REJECT)
        history.decide(first, ben, Verdict.APPROVE, NOON + timedelta(hours=2))
        history.comment(NOON, scores=TOXIC, decided_by=anna, verdict=Verdict.APPROVE)
        history.comment(NOON)
    with database.read() as session:
        assert moderators_work.matrix(session, site.id, DAY_OF_IT) == {
            (Verdict.HOLD, Verdict.REJECT): 1,
            (Verdict.REJECT, Verdict.APPROVE): 1,
        }
        steps = [s for s in moderators_work.agreement_by_step(session, site.id, DAY_OF_IT) if s.held or s.overturned]
    assert [(s.held, s.held_rejected, s.overturned) for s in steps] == [(1, 1, 1)]


def test_articles_are_troubled_by_what_is_certain_not_by_a_lucky_few(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        small, large, calm, tiny = (history.article(name, name) for name in ("small", "large", "calm", "tiny"))
        for _ in range(5):
            history.comment(NOON, article=small, scores=TOXIC)
            history.comment(NOON, article=calm)
        for number in range(40):
            history.comment(NOON, article=large, scores=TOXIC if number < 32 else None)
        history.comment(NOON, article=tiny, scores=TOXIC)
    with database.read() as session:
        rows = policy_verdicts.troubled_articles(session, site.id, DAY_OF_IT)
    assert [(row.external_id, row.trouble.hits, row.comments) for row in rows] == [("large", 32, 40), ("small", 5, 5)]


def test_open_comments_are_counted_with_their_age(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        history.comment(utc_now() - timedelta(hours=2), scores=RUDE)
        history.comment(utc_now() - timedelta(minutes=5), scores=RUDE)
    with database.read() as session:
        waiting = open_comments.count(session, site.id)
        ages = dict(open_comments.held_by_age(session, site.id))
    assert (waiting.pending, waiting.oldest_pending, waiting.held) == (0, 0, 2)
    assert waiting.oldest_held == pytest.approx(7200, abs=30)
    assert (ages["under 15 minutes"], ages["1 to 4 hours"], sum(ages.values())) == (1, 1, 2)


@pytest.mark.parametrize(("days", "step"), [(1, 900), (4, HOUR), (7, 6 * HOUR), (30, DAY), (365, 7 * DAY)])
def test_a_chart_has_the_finest_steps_that_stay_readable(days: int, step: int) -> None:
    assert periods.of_days(days, now=NOON).step == step


def test_a_period_is_read_with_its_last_day_and_refused_when_empty() -> None:
    period = periods.parse("", "2026-01-01", "2026-01-31", now=NOON)
    assert (period.start, period.end) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    for start, end in (("2026-02-01", "2026-01-01"), ("yesterday", ""), ("2027-01-01", "")):
        with pytest.raises(Invalid):
            periods.parse("", start, end, now=NOON)


def test_a_share_of_nothing_says_nothing_and_wilson_gives_the_published_interval() -> None:
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, None)
    low, high = Share(81, 263).interval or (0, 0)  # Newcombe (1998), table I
    assert (low, high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    assert Share(20, 20).interval == (pytest.approx(0.8389, abs=1e-4), 1.0)


def test_a_decision_that_was_undone_counts_for_nothing(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        comment = history.comment(NOON, scores=RUDE)
        mistaken = history.decide(comment, anna, Verdict.REJECT, NOON + timedelta(minutes=5))
        history.undo(mistaken, NOON + timedelta(minutes=5, seconds=4))
    with database.read() as session:
        assert moderators_work.work(session, site.id, DAY_OF_IT) == []
        assert moderators_work.matrix(session, site.id, DAY_OF_IT) == {}
        assert delays.time_to_review(session, site.id, DAY_OF_IT).count == 0
        assert transparency.report(session, site.id, DAY_OF_IT).restrictions == 0
        assert past.draw(session, site.id, DAY_OF_IT).sample.decided == 0
    with database.write() as session:
        history = History(session, site)
        history.decide(session.merge(comment), anna, Verdict.APPROVE, NOON + timedelta(minutes=6))
    with database.read() as session:
        assert [(row.decisions, row.approved) for row in moderators_work.work(session, site.id, DAY_OF_IT)] == [(1, 1)]
        assert [case.said for case in past.draw(session, site.id, DAY_OF_IT).cases] == [Verdict.APPROVE]
        assert moderators_work.matrix(session, site.id, DAY_OF_IT) == {(Verdict.HOLD, Verdict.APPROVE): 1}


def test_callbacks_are_counted_when_they_came_to_be_owed(database: Database, site: Site, other_site: Site) -> None:
    fates = {0: ("delivered", "failed", "withdrawn"), 1: ("waiting", "delivered", "delivered"), 30: ("failed",)}
    with database.write() as session:
        for owner in (site, other_site):
            endpoint = Endpoint(site_id=owner.id, url="https://cms.example/hook", secrets=[])
            session.add(endpoint)
            session.flush()
            for hours, states in fates.items():
                at = NOON + timedelta(hours=hours)
                for state in states:
                    session.add(
                        Delivery(
                            site_id=owner.id, endpoint_id=endpoint.id, event=Event.APPROVED, sequence=0,
                            state=DeliveryState(state), next_attempt_at=at, created_at=at,
                        )
                    )  # fmt: skip
    with database.read() as session:
        steps = [
            s for s in callbacks_by_state.steps(session, site.id, DAY_OF_IT) if s.delivered or s.waiting or s.failed
        ]
    noon = int(NOON.timestamp())
    told = [(s.start, s.delivered, s.waiting, s.failed) for s in steps]
    assert told == [(noon, 1, 0, 1), (noon + HOUR, 2, 1, 0)]
