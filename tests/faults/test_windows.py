"""The windows of docs/operators/reliability.md that need no dying process: each is put into the state it leaves."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update

from service.app import create_app
from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import Comment, Decision, Site
from service.models.stored_ids import in_space
from service.moderation.upkeep import invariants
from service.queues import CLASSIFICATION, DELIVERY, Queues, connect
from service.vocabulary import CommentStatus
from tests.faults.conftest import pending
from tests.service.api.conftest import caller
from tests.service.api.v1.connections.test_webhooks import add, created, post
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import TEXT, classify, submit
from workers import runtime as runtimes
from workers import upkeep
from workers.__main__ import ModeratoWorker
from workers.runtime import Runtime

QUEUE = f"rq:queue:{CLASSIFICATION}"
ANOTHER = "The bridge was paid for in 2019, whatever the headline says, and the council knows it."


@pytest.fixture
def runtime(settings: Settings, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    runtime = Runtime(settings, CLASSIFICATION, database, queues, ScriptedClassifiers())
    monkeypatch.setattr(runtimes, "_current", runtime)
    return runtime


def work_off(runtime: Runtime) -> None:
    """Let the real worker, in this process, do what its queue holds."""
    connection = connect(runtime.settings.effective_redis_url, patient=True)
    queue = Queue(CLASSIFICATION, connection=connection, serializer=JSONSerializer)
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    ModeratoWorker([queue], connection=connection, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
    for kind, handler in before.items():  # the worker has taken them for itself
        signal.signal(kind, handler)
    connection.close()


def _popped(redis: Redis, _job: str) -> None:
    redis.lpop(QUEUE)


def _intermediate(redis: Redis, _job: str) -> None:
    redis.lmove(QUEUE, f"{QUEUE}:intermediate", "LEFT", "LEFT")


def _prepared(redis: Redis, job: str) -> None:
    redis.lpop(QUEUE)
    redis.zadd(f"rq:wip:{CLASSIFICATION}", {job: 1})


def _maintenance_locked(redis: Redis, job: str) -> None:
    _intermediate(redis, job)
    redis.set(f"rq:clean_registries:{CLASSIFICATION}", 1, ex=899)


def _hash_gone(redis: Redis, job: str) -> None:
    redis.delete(f"rq:job:{job}")


def _hash_malformed(redis: Redis, job: str) -> None:
    redis.hset(f"rq:job:{job}", "status", "no such status")


@pytest.mark.one_database
@pytest.mark.parametrize("happens", [_popped, _intermediate, _prepared, _maintenance_locked, _hash_gone])
def test_a_wake_up_that_got_lost_on_its_way_is_given_again(
    runtime: Runtime, database: Database, site: Site, happens: Callable[[Redis, str], None]
) -> None:
    """W5 to W8, W13, W14, W23: whatever Redis is left with, upkeep looks at the rows."""
    submit(database, site.id)
    redis = runtime.queues.redis
    assert runtime.queues.wake()
    (job,) = [found.decode() for found in redis.lrange(QUEUE, 0, -1)]
    happens(redis, job)
    work_off(runtime)
    assert pending(database) == 1, "the window is open: the wake-up is lost"
    redis.delete("moderato:wake:classification")  # as it does by itself after WAKE_LIFETIME
    upkeep.once(runtime)
    work_off(runtime)
    assert pending(database) == 0


@pytest.mark.one_database
def test_a_wake_up_is_a_hint_without_a_life_of_its_own(queues: Queues) -> None:
    """W14 to W19, W32: no lifetime, no retry, no id of ours, no dependency, no word of what it is about."""
    for queue in (CLASSIFICATION, DELIVERY):
        assert queues.wake(queue)
        (found,) = queues.redis.lrange(f"rq:queue:{queue}", 0, -1)
        job = Job.fetch(found.decode(), connection=queues.redis, serializer=JSONSerializer)
        assert (job.ttl, job.result_ttl, job.failure_ttl) == (None, 0, 86_400)
        assert (job.retries_left, job.retry_intervals, job.dependency_ids, job.group_id) == (None, None, [], None)
        assert (job.args, job.kwargs, job.description, job.meta) == ([], {}, queue, {})
        assert queues.redis.ttl(f"rq:job:{job.id}") == -1, "it waits for as long as it takes"


@pytest.mark.one_database
def test_no_worker_watches_two_queues(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """W5: only with one queue does RQ move a job from list to list instead of taking it out."""
    from workers import __main__ as entry

    watched: list[list[str]] = []
    monkeypatch.setattr(entry.runtimes, "start", lambda *_args, **_kw: runtime)
    monkeypatch.setattr(entry.precedence, "step_back", lambda: None)  # for good: other tests come
    monkeypatch.setattr(
        entry.ModeratoWorker, "work", lambda self, **_kw: watched.append([queue.name for queue in self.queues])
    )
    for role in (name for name in entry.ROLES if name != "upkeep"):
        entry._run_worker(runtime.settings, role, burst=True)
    assert watched == [["classification"], ["interactive"], ["delivery"]]


class WatchedQueues(Queues):
    """The real queues; at each wake-up they look whether its reason is there for everybody to see."""

    def __init__(self, url: str, database_url: str) -> None:
        super().__init__(url)
        self.elsewhere = Database(database_url)
        self.seen: list[tuple[str, Any]] = []

    def wake(self, queue: str = CLASSIFICATION, /) -> bool:
        with self.elsewhere.read() as session:  # a connection of its own sees only what is committed
            rows = session.execute(select(Comment.external_id, Comment.text, Comment.status)).all()
        self.seen.append((queue, {row.external_id: (row.text, row.status) for row in rows}))
        return super().wake(queue)


def test_whoever_is_woken_finds_what_it_was_woken_for(
    settings: Settings, database: Database, redis_url: str, site: Site
) -> None:
    """W2: every door that stores wakes after its commit."""
    queues = WatchedQueues(redis_url, database.url)
    app = create_app(settings, database=database, queues=queues)
    call = caller(app, database, site)

    def at_last_wake(queue: str) -> dict[str, tuple[str, CommentStatus]]:
        (found,) = [found for woken, found in queues.seen if woken == queue]
        queues.seen.clear()
        return dict(found)

    assert call.send("posted").status_code == 202
    assert "posted" in at_last_wake(CLASSIFICATION)
    batch = [{"id": f"b-{number}", "text": f"{TEXT} Remark {number}."} for number in range(2)]
    assert call("POST", "/v1/comments/batch", json={"comments": batch}).status_code == 200
    assert {"b-0", "b-1"} <= at_last_wake(CLASSIFICATION).keys()
    assert call("PUT", "/v1/comments/posted", json={"text": ANOTHER}).status_code == 202
    assert at_last_wake(CLASSIFICATION)["posted"][0] == ANOTHER
    source = add(call)
    assert post(app.test_client(), source, created(id="hooked")).status_code == 202
    assert in_space(source["id"], "hooked") in at_last_wake(CLASSIFICATION)
    classify(database)
    version = call("GET", "/v1/comments/posted").json["version"]
    decided = {"verdict": "reject", "expected_version": version}
    assert call("POST", "/v1/comments/posted/decisions", json=decided).status_code == 201
    assert at_last_wake(DELIVERY)["posted"][1] is CommentStatus.REJECTED
    queues.elsewhere.dispose()
    queues.redis.close()


def test_two_upkeeps_at_once_give_each_comment_up_once(runtime: Runtime, database: Database, site: Site) -> None:
    """W28: they wake once too often, which claims nothing, and decide nothing twice."""
    for number in range(20):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    with database.write() as session:
        used_up = runtime.settings.max_attempts
        session.execute(update(Comment).values(attempts=used_up, claimed_until=database_now(-1), claim_token="t"))
    together, failures = threading.Barrier(3), []

    def go_round() -> None:
        together.wait(60)
        try:
            for _ in range(3):
                upkeep.once(runtime)
        except Exception as error:
            failures.append(error)

    upkeeps = [threading.Thread(target=go_round) for _ in range(3)]
    for thread in upkeeps:
        thread.start()
    for thread in upkeeps:
        thread.join(60)
    assert failures == []
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 20
        assert set(session.scalars(select(Comment.status))) == {CommentStatus.HELD}
        assert invariants.audit(session) == []
