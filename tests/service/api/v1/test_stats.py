"""Rules of the figures: right, a second old at most, and cheap to ask for again."""

from datetime import datetime, timedelta

import pytest

from service.api.shapes import answers
from service.api.v1.stats import PeriodStats
from service.clock import utc_now
from service.console.insight import board
from service.db import Database, database_now, new_id
from service.models import Site, WorkerBeat
from service.moderation.insight.counts.periods import between
from service.vocabulary import Attribute, Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.v1.test_comments import decide
from tests.support.history import History
from tests.support.services import eventually


def test_comments_are_counted_by_status_and_verdict(call: Caller, database: Database) -> None:
    for number, verdict in enumerate((Verdict.APPROVE, Verdict.HOLD, Verdict.HOLD, Verdict.REJECT)):
        call.send(f"c{number}", f"{LONG_ENOUGH} {number}")
        decide(database, verdict)
    call.send("c9", f"{LONG_ENOUGH} waiting")
    stats = call("GET", "/v1/stats").get_json()
    answers.Stats.model_validate(stats)
    assert stats["received"] == 5
    assert stats["by_status"] == {"pending": 1, "held": 2, "approved": 1, "rejected": 1}
    assert stats["by_verdict"] == {"approve": 1, "hold": 2, "reject": 1}
    assert stats["queue"]["depth"] == 1
    assert stats["queue"]["held"] == 2
    assert 0 <= stats["queue"]["oldest_age_seconds"] < 60
    assert stats["time_to_verdict"]["measured"] == 4
    assert 0 <= stats["time_to_verdict"]["median_seconds"] <= stats["time_to_verdict"]["p95_seconds"] < 60


def test_since_leaves_out_what_was_received_before(call: Caller) -> None:
    call.send("c1")
    assert call("GET", "/v1/stats?since=2020-01-01T00:00:00Z").get_json()["received"] == 1
    assert call("GET", "/v1/stats?since=2100-01-01T00:00:00Z").get_json()["received"] == 0


def test_a_worker_counts_as_alive_for_thirty_seconds(call: Caller, database: Database) -> None:
    assert call("GET", "/v1/stats").get_json()["scoring"] == "down"
    with database.write() as session:
        for role, age in (("classification", -5), ("classification", -40), ("upkeep", -5)):
            session.add(WorkerBeat(id=new_id(), role=role, host="h", pid=1, seen_at=database_now(age)))
    eventually(lambda: call("GET", "/v1/stats").get_json()["workers"], "the workers never appeared")
    stats = call("GET", "/v1/stats").get_json()
    assert stats["workers"] == {"classification": 1, "upkeep": 1}
    assert (stats["scoring"], stats["redis"]) == ("up", "ok")


@pytest.mark.one_database
def test_within_a_second_the_figures_are_not_counted_again(call: Caller) -> None:
    first = call("GET", "/v1/stats")
    call.send("c1")
    again = call("GET", "/v1/stats", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    # A second later, or ten times as long as counting took: on a busy machine that may be more.
    eventually(lambda: call("GET", "/v1/stats").get_json()["received"] == 1, "the comment was never counted")
    later = call("GET", "/v1/stats", headers={"If-None-Match": first.headers["ETag"]})
    assert (later.status_code, later.get_json()["received"]) == (200, 1)


def test_a_periods_figures_are_those_of_the_dashboard(call: Caller, database: Database, site: Site) -> None:
    now = utc_now()
    with database.write() as session:
        history = History(session, site)
        anna, article = history.moderator("Anna"), history.article("bridge", "The bridge")
        for hours in range(1, 9):
            history.comment(now - timedelta(hours=hours), scores={Attribute.TOXICITY: 0.97}, article=article)
        held = history.comment(now - timedelta(hours=30), scores={Attribute.TOXICITY: 0.6})
        history.decide(held, anna, Verdict.REJECT, now - timedelta(hours=29))
    told = call("GET", "/v1/stats/period").get_json()
    PeriodStats.model_validate(told)
    assert sum(step["received"] for step in told["steps"]) == 9
    assert sum(step["moderators"]["rejected"] for step in told["steps"]) == 1
    assert told["agreement"] == [{"policy": "hold", "moderator": "reject", "comments": 1}]
    assert told["articles"] == [{"id": "bridge", "comments": 8, "held_or_rejected": 8}]
    with database.read() as session:
        period = between(datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["until"]))
        volume = board.volume(session, site.id, period)
        assert told["step_seconds"] == period.step
    columns = [(s["start"], *s["verdicts"].values(), s["received"]) for s in told["steps"]]
    assert columns == list(volume.rows)


@pytest.mark.parametrize(
    ("query", "status"),
    [("since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", 422), ("since=yesterday", 400)],
)
def test_a_period_that_is_none_is_refused(call: Caller, query: str, status: int) -> None:
    assert call("GET", f"/v1/stats/period?{query}").status_code == status
