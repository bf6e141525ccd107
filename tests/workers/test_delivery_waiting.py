"""How long a delivery worker stays: while a callback is due soon, no longer once it has to stop."""

import time

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import update

from service.db import Database, database_now
from service.models import Delivery, Site
from service.moderation.callbacks import deliveries
from service.queues import DELIVERY, connect
from tests.support.delivering import comments, listen
from tests.support.receiver import Receiver
from workers import delivery, upkeep
from workers import runtime as runtimes
from workers.__main__ import ModeratoWorker, work
from workers.runtime import Runtime


def test_a_worker_told_to_stop_takes_up_nothing_more(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 3)
    runtime.stopping = lambda: True
    assert delivery.drain(runtime) == 0
    assert receiver.requests == []


def test_a_worker_stays_until_the_next_callback_is_due_and_wakes_the_next_job(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(0.6)))
    started = time.monotonic()
    delivery.wait_for_next(runtime)
    assert time.monotonic() - started >= 0.5
    assert runtime.queues.is_woken("delivery")
    assert delivery.drain(runtime) == 1


def test_a_worker_does_not_stay_where_other_work_came_or_nothing_is_due_soon(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    for seconds in (-1, 3_600):
        with database.write() as session:
            session.execute(update(Delivery).values(next_attempt_at=database_now(seconds)))
            assert deliveries.seconds_to_next(session, within=60) is None
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(50)))
    runtime.settings = runtime.settings.model_copy(update={"upkeep_seconds": 60.0})
    runtime.queues.wake("delivery")
    started = time.monotonic()
    delivery.wait_for_next(runtime)
    assert time.monotonic() - started < 40


def test_upkeep_wakes_a_worker_for_a_callback_that_is_due_before_its_next_round(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(runtime.settings.upkeep_seconds - 1)))
    upkeep.once(runtime)
    assert runtime.queues.is_woken("delivery")


def test_a_burst_does_not_end_before_a_wake_up_that_redis_took_too_late(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "_current", runtime)
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    runtime.queues.fall_silent(TimeoutError())
    assert not runtime.queues.wake(DELIVERY)
    connection = connect(runtime.settings.effective_redis_url, patient=True)
    queue = Queue(DELIVERY, connection=connection, serializer=JSONSerializer)
    work(ModeratoWorker([queue], connection=connection, serializer=JSONSerializer), runtime.queues, burst=True)
    assert len(receiver.requests) == 1
