"""The RQ worker gives signs of life, but keeps nobody waiting for them."""

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis.client import Pipeline
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.utils import now

from service.db import Database
from service.installation.settings import Settings
from service.queues import INTERACTIVE, JOBS, Queues, connect
from tests.support.classifiers import ScriptedClassifiers
from workers import __main__ as entry
from workers import runtime as runtimes
from workers.runtime import Runtime

pytestmark = pytest.mark.one_database
JOBS_OF_NOBODY = 5


@pytest.fixture
def said(
    settings: Settings, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[bool]]:
    """Collect the signs of life that RQ sends to Redis by themselves, for which it waits."""
    runtime = Runtime(settings, INTERACTIVE, database, queues, ScriptedClassifiers())
    monkeypatch.setattr(runtimes, "_current", runtime)
    alone: list[bool] = []
    heartbeat = SimpleWorker.heartbeat

    def collect(worker: SimpleWorker, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        alone.append(pipeline is None)
        heartbeat(worker, timeout, pipeline)

    monkeypatch.setattr(SimpleWorker, "heartbeat", collect)
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    yield alone
    for kind, handler in before.items():  # the worker has taken them for itself
        signal.signal(kind, handler)


def work_off(settings: Settings) -> None:
    """Let a worker do jobs whose callers have gone."""
    connection = connect(settings.effective_redis_url, patient=True)
    queue = Queue(INTERACTIVE, connection=connection, serializer=JSONSerializer)
    for number in range(JOBS_OF_NOBODY):
        queue.enqueue_call(JOBS[INTERACTIVE], args=(str(number),), result_ttl=0)
    worker = entry.ModeratoWorker([queue], connection=connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")
    assert queue.is_empty()
    connection.close()


def test_no_job_waits_for_signs_of_life_while_the_last_is_fresh(said: list[bool], settings: Settings) -> None:
    work_off(settings)
    assert said.count(False) >= JOBS_OF_NOBODY, "each job brings one along"
    assert said.count(True) == 0


def test_a_sign_of_life_is_given_as_soon_as_the_last_is_old(
    said: list[bool], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "FRESH", timedelta(0))
    work_off(settings)
    assert said.count(True) > JOBS_OF_NOBODY


def test_a_clock_that_was_set_back_makes_no_sign_of_life_fresh(
    said: list[bool], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "now", lambda: now() - timedelta(hours=1))
    work_off(settings)
    assert said.count(True) > JOBS_OF_NOBODY
