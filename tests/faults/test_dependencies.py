"""Redis misbehaves: intake answers in time, nothing is lost, and it says that it is degraded."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.models import Decision, Site
from service.queues import CLASSIFICATION, Queues
from tests.faults.conftest import burst, pending, wait_until
from tests.service.api.conftest import Caller
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import TEXT, submit
from tests.support.fault_proxy import FaultProxy, Mode, proxied, unreachable
from tests.support.services import Services
from workers import classification, upkeep
from workers.runtime import Runtime

PROMISED = 0.5  # seconds: any answer of intake, whatever Redis does

# "refuse", "blackhole", ... are modes of the proxy; a host that is killed has no proxy, one that is off lets hang.
FAULTS = ["killed", "unreachable", "refuse", "stalled", "slow", "sluggish", "lose_replies"]


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
    queues.steady.close()


@contextmanager
def broken(proxy: FaultProxy, fault: str) -> Iterator[None]:
    """Break Redis, as seen through the proxy, in one of the ways of FAULTS; all is well afterwards."""
    if fault in ("killed", "unreachable"):
        proxy.close()
        with unreachable(proxy.port) if fault == "unreachable" else nullcontext():
            yield
        back = FaultProxy(proxy.target, port=proxy.port)
        proxy.close = back.close  # type: ignore[method-assign]
        return
    if fault == "sluggish":
        proxy.slow_seconds = 0.055  # there and back: every answer comes just before the patience ends
    modes: dict[str, Mode] = {"refuse": "refuse", "stalled": "blackhole", "lose_replies": "lose_replies"}
    proxy.set(modes.get(fault, "slow"))
    yield
    proxy.set("pass")


@pytest.mark.parametrize("fault", FAULTS)
def test_intake_answers_within_half_a_second_whatever_redis_does(
    call: Caller, proxy: FaultProxy, database: Database, queues: Queues, settings: Settings, fault: str
) -> None:
    """The first request after the fault too, several at once, and those after the breaker has asked again.

    Only what a request waits counts, not what it computes: a slow machine computes long. What the same requests take
    of a busy machine without any fault is taken off as well: several at once, and one after a pause, which looks up
    anew what is kept for a second.
    """
    wait_until(lambda: call("GET", "/readyz").json["status"] == "ok", 20, "it is degraded from the start")
    took, waited = list[float](), list[float]()

    def send(name: str) -> None:
        started, computed = time.monotonic(), time.thread_time()
        other = Caller(call.client.application.test_client(), call.key)
        assert other.send(name, f"{TEXT} Remark {name}.").status_code == 202
        took.append(time.monotonic() - started)
        waited.append(took[-1] - (time.thread_time() - computed))

    with ThreadPoolExecutor(4) as together:
        for turn in ("opening", "usual"):  # the first opens connections
            took.clear()
            list(together.map(send, [f"{turn}-{number}" for number in range(4)]))
    time.sleep(1.1)
    send("anew")
    usual = max(took)
    waited.clear()
    with broken(proxy, fault):
        send("first")
        with ThreadPoolExecutor(4) as together:
            list(together.map(send, [f"together-{number}" for number in range(4)]))
        if fault != "sluggish":  # it answers after all
            assert call("GET", "/readyz").json["status"] == "degraded"
            assert call("GET", "/v1/stats").json["redis"] == "degraded"
        time.sleep(1.1)  # the breaker's thread asks meanwhile
        for number in range(3):
            send(f"later-{number}")
    assert max(waited) <= PROMISED + usual, " ".join(f"{seconds:.3f}" for seconds in (usual, *waited))
    runtime = Runtime(settings, "upkeep", database, queues, ScriptedClassifiers())
    upkeep.once(runtime)
    # Where a busy machine's Redis answers late, the breaker's thread wakes the worker.
    wait_until(lambda: queues.redis.llen(f"rq:queue:{CLASSIFICATION}") >= 1, 60, "no worker was woken")
    classification.drain(runtime)
    assert pending(database) == 0
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 17
    wait_until(lambda: call("GET", "/readyz").json["status"] == "ok", 20, "it stays degraded")


@pytest.mark.one_database
def test_only_the_first_request_asks_a_redis_that_is_silent(
    call: Caller, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.capacity.breaker.ASK_EVERY", 3_600)  # so that nobody else asks meanwhile
    proxy.set("blackhole")
    before = proxy.accepted
    assert call.send("first").status_code == 202
    asked = proxy.accepted
    assert asked > before
    for number in range(3):
        assert call.send(f"later-{number}", f"{TEXT} Remark {number}.").status_code == 202
    assert proxy.accepted == asked


@pytest.mark.one_database
@pytest.mark.parametrize("fault", ["killed", "stalled"])
def test_a_wake_up_that_redis_missed_is_given_as_soon_as_it_is_back(
    call: Caller, proxy: FaultProxy, queues: Queues, fault: str
) -> None:
    """By the process that meant to give it; upkeep, which would too, is not needed."""
    with broken(proxy, fault):
        assert call.send("missed").status_code == 202
        assert queues.redis.llen(f"rq:queue:{CLASSIFICATION}") == 0
    wait_until(lambda: queues.redis.llen(f"rq:queue:{CLASSIFICATION}"), 20, "nobody was woken")


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
