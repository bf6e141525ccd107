"""The clock is set forward and back: what waits is late by a lease at most, nothing is done twice or erased early."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Decision, Endpoint, InboundWebhook, Policy, Site
from service.moderation.callbacks import deliveries, endpoints
from service.moderation.callbacks.attempts import Reply
from service.moderation.decisions import decisions
from service.moderation.decisions.decisions import Fenced
from service.moderation.erasure import retention
from service.moderation.policy import schedule
from service.moderation.policy.rules import Rules
from service.moderation.upkeep import invariants
from service.outside import addresses
from service.outside.signatures import sign
from service.queues import Queues
from service.vocabulary import AttemptOutcome, Reason
from tests.faults.conftest import assert_all_came_right, pending, undelivered
from tests.service.api.conftest import caller
from tests.service.api.v1.connections.test_webhooks import add, created, post
from tests.support.actors import ADA
from tests.support.classifiers import ScriptedClassifiers
from tests.support.clock import stepped
from tests.support.comments import LEASE, TEXT, classify, decide, reread, submit, take
from workers import classification, upkeep
from workers.delivery import LEASE_SECONDS
from workers.runtime import Runtime

HOUR, DAY = 3_600.0, 86_400.0


@pytest.fixture
def runtime(settings: Settings, database: Database, queues: Queues) -> Runtime:
    return Runtime(settings, "upkeep", database, queues, ScriptedClassifiers())


def register(database: Database, site: Site) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, "https://cms.example/", allowed=addresses.Allowances())


def deliver(database: Database) -> int:
    """Deliver what is due, as a worker whose receiver takes everything; return how much that was."""
    with database.write() as session:
        claimed = deliveries.claim(session, limit=16, lease_seconds=LEASE_SECONDS)
    for one in claimed:
        with database.write() as session:
            assert deliveries.settle(session, one, Reply(outcome=AttemptOutcome.DELIVERED, status=200))
    return len(claimed)


@pytest.mark.parametrize("back", [90.0, HOUR, 30 * DAY])
def test_a_clock_set_back_delays_by_a_lease_at_most(
    runtime: Runtime, database: Database, site: Site, back: float
) -> None:
    """A comment that waits, one whose worker died, a callback that is owed and one whose worker died: none stays."""
    register(database, site)
    with stepped(database) as clock:
        for number in range(2):
            submit(database, site.id, f"told-{number}", f"{TEXT} Told {number}.")
        classify(database)
        with database.write() as session:
            assert len(deliveries.claim(session, limit=1, lease_seconds=LEASE_SECONDS)) == 1
        submit(database, site.id, "held", f"{TEXT} Held.")
        assert take(database) is not None
        submit(database, site.id, "waits", f"{TEXT} Waits.")
        clock.step(-back)
        late = 0.0
        while pending(database) or undelivered(database):
            upkeep.once(runtime)
            classification.drain(runtime)
            deliver(database)
            clock.step(10)
            late += 10
            assert late <= LEASE + LEASE_SECONDS + 20, "later than one lease after the other and a round"
        assert_all_came_right(database, 4)
        with database.read() as session:
            assert set(session.scalars(select(Decision.source))) == {"policy"}, "nobody was given up on"


def test_a_clock_set_forward_ends_leases_early_and_the_token_still_fences(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    with stepped(database) as clock:
        first = take(database)
        clock.step(HOUR)
        second = take(database)
        assert first is not None
        assert second is not None
        with pytest.raises(Fenced):
            decide(database, reread(database, comment.id), first.token)
        clock.step(-2 * HOUR)
        decide(database, reread(database, comment.id), second.token)
        with database.write() as session, pytest.raises(Fenced):
            decisions.record_giving_up(session, comment, Reason.UNCLASSIFIED, token=second.token)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
        assert invariants.audit(session) == []


def test_nothing_is_erased_by_a_clock_that_jumped_ahead(runtime: Runtime, database: Database, site: Site) -> None:
    submit(database, site.id)
    classify(database)
    passed = [0.0]
    watch = upkeep.ClockWatch(lambda: passed[0])
    with stepped(database) as clock:
        upkeep.once(runtime, watch)
        clock.step(100 * DAY)
        for _ in range(3):
            passed[0] += 10
            upkeep.once(runtime, watch)
        assert texts(database) == [TEXT]
        clock.step(-100 * DAY)
        passed[0] += 2 * DAY
        upkeep.once(runtime, watch)
        assert texts(database) == [TEXT], "put right within a day, it has cost nothing"
        clock.step(100 * DAY)
        passed[0] += 100 * DAY
        upkeep.once(runtime, watch)
        assert texts(database) == [""], "what time itself has aged is forgotten"


def test_a_clock_that_stays_where_it_jumped_to_is_believed_after_a_day() -> None:
    passed = [0.0]
    watch = upkeep.ClockWatch(lambda: passed[0])
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert watch.may_forget(now)
    passed[0] += 10
    assert not watch.may_forget(now + timedelta(days=100))
    passed[0] += DAY + 1
    assert watch.may_forget(now + timedelta(days=101)), "a machine that was wrong before, not now"


def test_a_planned_policy_comes_into_force_once_however_the_clock_moves(
    runtime: Runtime, database: Database, site: Site
) -> None:
    with database.write() as session:
        schedule.plan(session, site.id, Rules(), at=datetime.now(UTC) + timedelta(hours=1), actor=ADA)
    with stepped(database) as clock:
        for step in (-HOUR, 3 * HOUR, -4 * HOUR, 4 * HOUR):
            clock.step(step)
            upkeep.once(runtime)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Policy)) == 1


@pytest.mark.one_database
@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_webhook_refused_while_the_clock_is_wrong_is_taken_when_it_is_right(
    settings: Settings, database: Database, queues: Queues, site: Site, off: float
) -> None:
    app = create_app(settings, database=database, queues=queues)
    source = add(caller(app, database, site))
    client, sent_at = app.test_client(), datetime.now(UTC)
    body = json.dumps(created()).encode()
    headers = sign(source["secrets"], "msg_1", sent_at, body)
    with time_machine.travel(sent_at + timedelta(seconds=off)):
        assert client.post(source["address"], data=body, headers=headers).status_code == 401
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboundWebhook)) == 0, "a refusal leaves no mark"
    assert client.post(source["address"], data=body, headers=headers).status_code == 202
    assert post(client, source, created()).json["repeated"] is True
    assert pending(database) == 1


def test_retention_asks_the_databases_clock_alone(database: Database, site: Site) -> None:
    submit(database, site.id)
    classify(database)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=100)), database.write() as session:
        assert retention.erase_expired(session, default_days=90) == 0


def texts(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Comment.text)))
