"""Redis and the database misbehave: intake answers in time, nothing is lost, and it says that it is degraded."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from service import keys
from service.app import create_app
from service.db import Database
from service.models import Comment, Decision, Site
from service.queues import CLASSIFICATION, Queues
from service.settings import Settings
from service.vocabulary import CommentStatus
from tests.api.conftest import Caller
from tests.faults.conftest import burst, pending
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import TEXT, submit
from tests.support.fault_proxy import FaultProxy, Mode, proxied
from tests.support.services import Services
from workers import classification, upkeep
from workers.runtime import Runtime

FAULTS: list[Mode] = ["refuse", "blackhole", "slow", "lose_replies"]


@pytest.fixture
def proxy(redis_url: str) -> Iterator[FaultProxy]:
    with proxied(Path(redis_url.removeprefix("unix://"))) as proxy:
        yield proxy


@pytest.fixture
def call(settings: Settings, database: Database, site: Site, proxy: FaultProxy) -> Iterator[Caller]:
    """A caller of a service that reaches Redis through the proxy."""
    url = f"redis://127.0.0.1:{proxy.port}"
    queues = Queues(url)
    app = create_app(settings.model_copy(update={"redis_url": url}), database=database, queues=queues)
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    yield Caller(app.test_client(), key)
    proxy.cut()
    queues.redis.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_intake_answers_at_once_whatever_redis_does(
    call: Caller, proxy: FaultProxy, database: Database, queues: Queues, settings: Settings, fault: Mode
) -> None:
    assert call.send("before").status_code == 202
    assert call("GET", "/readyz").json["status"] == "ok"
    proxy.set(fault)
    slowest = 0.0
    for number in range(5):
        started = time.monotonic()
        assert call.send(f"c-{number}", f"{TEXT} Remark {number}.").status_code == 202
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 1.0, "0.5 s for Redis's silence, and the request itself on a busy machine"
    time.sleep(1.1)  # readiness remembers for a second
    assert call("GET", "/readyz").json["status"] == "degraded"
    proxy.set("pass")
    runtime = Runtime(settings, "upkeep", database, queues, ScriptedClassifiers())
    upkeep.once(runtime)
    assert queues.redis.llen(f"rq:queue:{CLASSIFICATION}") >= 1
    classification.drain(runtime)
    assert pending(database) == 0
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 6


def test_a_lost_reply_may_wake_twice_and_decides_once(
    call: Caller, proxy: FaultProxy, database: Database, queues: Queues, services: Services
) -> None:
    proxy.set("lose_replies")
    assert call.send("c-1").status_code == 202
    proxy.set("pass")
    queues.redis.delete("moderato:wake:classification")
    queues.wake(CLASSIFICATION)
    queues.redis.delete("moderato:wake:classification")
    queues.wake(CLASSIFICATION)
    assert queues.redis.llen(f"rq:queue:{CLASSIFICATION}") >= 2
    assert burst(services, "classification") == 0
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 1


def test_a_wiped_redis_loses_no_comment(database: Database, queues: Queues, site: Site, services: Services) -> None:
    for number in range(5):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
        queues.wake()
    queues.redis.flushall()
    assert burst(services, "upkeep") == 0
    assert burst(services, "classification") == 0
    assert pending(database) == 0


def test_a_job_of_another_version_or_a_broken_one_does_no_harm(
    database: Database, queues: Queues, site: Site, services: Services
) -> None:
    """What the version before left in Redis, and what nobody ever wrote, beside a real wake-up."""
    queue = queues._queues[CLASSIFICATION]
    queue.enqueue_call("workers.jobs.classify_v0", args=("old-id",), result_ttl=0)
    queue.enqueue_call("workers.jobs.classify", kwargs={"of": "another version"}, result_ttl=0)
    queues.redis.rpush(f"rq:queue:{CLASSIFICATION}", "no-such-job")
    submit(database, site.id)
    queues.wake()
    assert burst(services, "classification") == 0
    assert pending(database) == 0


def test_a_pickle_in_redis_is_not_executed(
    database: Database, queues: Queues, site: Site, services: Services, tmp_path: Path
) -> None:
    import pickle

    class Payload:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "executed",))

    job = queues._queues[CLASSIFICATION].enqueue_call("workers.jobs.classify", result_ttl=0)
    planted = pickle.dumps(Payload())
    queues.redis.hset(f"rq:job:{job.id}", mapping={"meta": planted, "data": planted})
    submit(database, site.id)
    burst(services, "classification")
    assert burst(services, "classification") == 0
    assert not (tmp_path / "executed").exists()
    assert pending(database) == 0


def test_a_locked_database_delays_intake_and_loses_nothing(call: Caller, database: Database) -> None:
    """SQLite's one writer, or a row lock on PostgreSQL: whoever comes second waits its turn."""
    call.send("c-1")
    locked, free = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            session.scalars(select(Comment).with_for_update()).all()
            locked.set()
            free.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(5)
    threading.Timer(0.5, free.set).start()
    answer = call("PUT", "/v1/comments/c-1", json={"text": TEXT + " Changed my mind."})
    holder.join()
    assert answer.status_code == 202


def test_a_database_that_comes_back_is_used_again(database: Database, site: Site, settings: Settings) -> None:
    """Every connection is cut, as by a restart or a failover; the pool notices before it lends a dead one."""
    if database.is_sqlite:
        database.dispose()  # a file has no connections to cut: a new process finds what the old one committed
        again = Database(database.url)
        submit(again, site.id)
        again.dispose()
        return
    url = make_url(database.url)
    socket = Path(str(url.query["host"])) / f".s.PGSQL.{url.query.get('port', url.port or 5432)}"
    with proxied(socket if socket.exists() else int(url.port or 5432)) as proxy:
        through = Database(url.set(host="127.0.0.1", port=proxy.port, query={}).render_as_string(hide_password=False))
        submit(through, site.id, "c-1")
        proxy.cut()
        submit(through, site.id, "c-2", TEXT + " After the cut.")
        through.dispose()
    with database.read() as session:
        statuses = list(session.scalars(select(Comment.status)))
    assert statuses == [CommentStatus.PENDING] * 2
