"""A classification worker answers callers while no interactive worker is there, and only then."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.registry import StartedJobRegistry
from structlog.testing import capture_logs

from service.accounts import keys
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import ANSWER_LIFETIME, CLASSIFICATION, INTERACTIVE, LINE, REPLAY, TRIAL, Queues
from tests.faults.conftest import pending, scripted
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import submit
from tests.support.flow import Flow
from tests.support.interactive import jobs_of
from tests.support.neighbours import Caller
from tests.support.services import Services, eventually
from workers import substitute
from workers.classifiers.base import Subject
from workers.runtime import Runtime

pytestmark = pytest.mark.one_database
PATIENCE = 20.0  # seconds
DEADLINE = 2.0  # seconds: leaves a busy machine time
SLOW_TEXT = "slow " * 200
A_CHARACTER = "0.001"  # seconds: the text above takes half of the deadline
BACKLOG = 600  # comments of 20 ms


@pytest.fixture
def runtime(settings: Settings, database: Database, queues: Queues) -> Runtime:
    return Runtime(settings, CLASSIFICATION, database, queues, ScriptedClassifiers())


@pytest.fixture
def asking(queues: Queues, settings: Settings) -> Iterator["Asking"]:
    with ThreadPoolExecutor(8) as pool:
        yield Asking(queues, settings, pool)
        queues.redis.delete(LINE)


class Asking:
    """Callers that wait in the line."""

    def __init__(self, queues: Queues, settings: Settings, pool: ThreadPoolExecutor) -> None:
        self.queues, self.keyring, self.pool = queues, settings.keyring, pool

    def __call__(self, text: str = "short", *, seconds: float = PATIENCE) -> "Future[dict[str, Any] | None]":
        before = self.queues.redis.llen(LINE)
        asked = self.pool.submit(self.queues.ask, {"text": text}, deadline_seconds=seconds, keyring=self.keyring)
        eventually(lambda: self.queues.redis.llen(LINE) > before or asked.done(), "it is not in the line")
        return asked


def test_a_line_that_no_interactive_worker_is_there_for_is_answered(runtime: Runtime, asking: Asking) -> None:
    asked = [asking("one"), asking("two")]
    assert substitute.look(runtime) == 2
    assert all("assessment" in (one.result() or {}) for one in asked)
    assert substitute.look(runtime) == 0


def test_a_request_is_in_the_line_for_as_long_as_it_may_wait(runtime: Runtime, queues: Queues, asking: Asking) -> None:
    asked = asking(seconds=3.0 * ANSWER_LIFETIME)
    assert queues.redis.ttl(LINE) > ANSWER_LIFETIME
    assert substitute.look(runtime) == 1
    assert asked.result() is not None


def test_nothing_is_left_in_the_queue_but_what_is_not_for_scores(
    runtime: Runtime, queues: Queues, settings: Settings, asking: Asking
) -> None:
    queues.ask({}, deadline_seconds=0, keyring=settings.keyring, job=TRIAL)
    queues.wake(REPLAY)
    asking()
    substitute.look(runtime)
    assert [job.func_name for job in jobs_of(queues.redis)] == [TRIAL, "workers.jobs.replay"]
    assert not queues.redis.exists(LINE)


def test_no_hint_is_removed_while_somebody_waits(
    runtime: Runtime, queues: Queues, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking()
    read, later = Queue.get_job_ids, []

    def another_comes(queue: Queue, *place: int) -> list[str]:
        if not later:
            later.append(asking())
        return read(queue, *place)

    monkeypatch.setattr(Queue, "get_job_ids", another_comes)
    assert substitute.look(runtime) == 1
    assert len(jobs_of(queues.redis)) == 2
    assert substitute.look(runtime) == 1
    assert later[0].result() is not None


def test_a_busy_interactive_worker_keeps_its_requests_until_it_is_killed(
    services: Services, runtime: Runtime, queues: Queues, asking: Asking
) -> None:
    worker = scripted(services, INTERACTIVE, TEST_CHARACTER_SECONDS="1")
    eventually(lambda: services._has_beat(INTERACTIVE, worker), services.output)
    in_hand = asking("it reads this for long", seconds=3)
    eventually(lambda: is_in_hand(queues.redis), services.output)
    waiting = asking("x")
    for _ in range(20):
        assert substitute.look(runtime) == 0
    assert not waiting.done()
    services.kill(worker)
    assert substitute.look(runtime) == 1, "Redis knows at once that it is gone"
    assert "assessment" in (waiting.result() or {})
    assert in_hand.result() is None


def test_a_worker_that_is_about_to_stop_takes_nothing(runtime: Runtime, asking: Asking) -> None:
    asking(seconds=0.2)
    runtime.stopping = lambda: True
    assert substitute.look(runtime) == 0


def test_where_redis_refuses_to_say_who_is_there_nothing_is_taken_and_nothing_breaks(
    runtime: Runtime, queues: Queues, asking: Asking, redis_url: str
) -> None:
    queues.redis.execute_command("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-pubsub")
    try:
        runtime.queues = Queues(redis_url.replace("unix://", "unix://limited:secret@"))
        asking(seconds=0.5)
        with capture_logs() as logs:
            for _ in range(3):
                assert substitute.look(runtime) == 0
        assert runtime.queues.worth_trying()
        assert [entry["event"] for entry in logs] == ["substitution_refused"]
    finally:
        queues.redis.execute_command("ACL", "DELUSER", "limited")
        runtime.queues.redis.close()


def test_a_redis_that_is_away_is_left_alone(runtime: Runtime) -> None:
    runtime.queues = Queues("redis://127.0.0.1:1/0")
    assert substitute.look(runtime) == 0
    assert not runtime.queues.worth_trying()


def test_a_failure_ends_no_thread_and_says_nothing_of_the_text(
    runtime: Runtime, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("short")

    asking(seconds=0.5)
    monkeypatch.setattr("workers.interactive.answer_next", fails)
    with capture_logs() as logs:
        assert substitute.look(runtime) == 0
    assert [entry["event"] for entry in logs] == ["substitution_failed"]
    assert "short" not in str(logs)


def test_a_worker_scores_one_text_at_a_time_and_keeps_neither_callers_nor_comments_waiting(
    flow: Flow, asking: Asking
) -> None:
    inside, most, read = 0, 0, list[str]()

    def score(subject: Subject) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        read.append(subject.text)
        time.sleep(0.01)
        inside -= 1

    flow.scripted(script=score)
    for number in range(100):
        flow.accept(f"c-{number}", text=f"Comment number {number} is about the market street, and it is long enough.")
    with substitute.beside(flow.runtime), ThreadPoolExecutor(3) as callers:
        replies = [
            callers.submit(
                flow.runtime.queues.ask, {"text": f"q{n}"}, deadline_seconds=PATIENCE, keyring=asking.keyring
            )
            for n in range(40)
        ]
        while flow.drain():
            pass
        assert all(reply.result() for reply in replies)
    assert most == 1
    asked = [place for place, text in enumerate(read) if text.startswith("q")]
    commented = [place for place, text in enumerate(read) if not text.startswith("q")]
    assert asked[-1] < commented[-1], "callers do not wait for all comments"
    assert sum(asked[0] < place < asked[-1] for place in commented) > 10, "comments go on beside callers"


def test_its_end_waits_for_the_request_in_hand(flow: Flow, asking: Asking) -> None:
    begun = threading.Event()

    def score(_subject: Subject) -> None:
        begun.set()
        time.sleep(0.2)

    flow.scripted(script=score)
    with substitute.beside(flow.runtime):
        asked = asking()
        assert begun.wait(PATIENCE)
    assert asked.result() is not None
    assert not [thread for thread in threading.enumerate() if thread.name == "substitute"]


def test_a_worker_is_named_after_its_role(queues: Queues) -> None:
    with closing(queues.redis.pubsub()) as worker:
        for role, expected in ((CLASSIFICATION, False), (INTERACTIVE, True)):
            worker.subscribe(PUBSUB_CHANNEL_TEMPLATE % substitute.name_of_worker(role))
            assert worker.get_message(timeout=PATIENCE)
            assert substitute._is_anybody_there(queues) is expected


def test_a_kill_of_the_interactive_worker_costs_the_request_in_hand_and_no_other(
    services: Services, database: Database, site: Site, queues: Queues
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    at_once = {"MODERATO_SCORE_DEADLINE_MS": f"{DEADLINE * 1000:.0f}", "MODERATO_SCORE_SLOTS": "16"}
    port = int(services.web(**at_once).rpartition(":")[2])
    for number in range(BACKLOG):
        submit(database, site.id, f"c-{number}", f"Comment number {number} is about the market street, and long.")
    interactive_worker = scripted(services, INTERACTIVE, TEST_CHARACTER_SECONDS=A_CHARACTER)
    worker = scripted(services, CLASSIFICATION, TEST_SCORING_SECONDS="0.02")
    eventually(lambda: services._has_beat(INTERACTIVE, interactive_worker), services.output)
    eventually(lambda: services._has_beat(CLASSIFICATION, worker), services.output)

    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        callers = [stack.enter_context(closing(Caller(port, key))) for _ in range(4)]

        def ask(caller: Caller, text: str) -> tuple[int, float]:
            started = time.monotonic()
            return caller("POST", "/v1/score", {"text": text})[0], time.monotonic() - started

        in_hand = pool.submit(ask, callers[0], SLOW_TEXT)
        eventually(lambda: is_in_hand(queues.redis), services.output)
        behind = [pool.submit(ask, caller, f"behind {place}") for place, caller in enumerate(callers[1:3])]
        eventually(lambda: queues.redis.llen(LINE) == len(behind), services.output)
        services.kill(interactive_worker)
        answered = [ask(callers[3], f"next {number}") for number in range(10)]
        left = pending(database)
        assert [status for status, _ in answered] == [200] * len(answered), answered
        assert [one.result()[0] for one in behind] == [200] * len(behind)
        status, seconds = in_hand.result()
        assert status == 503
        assert DEADLINE - 0.05 <= seconds < DEADLINE + 5
        assert left, "comments were pending all the while"
    assert '"substituted"' in services.output()


def is_in_hand(redis: Redis) -> bool:
    """Whether an interactive worker has taken all that was asked, and has not finished it."""
    started = StartedJobRegistry(INTERACTIVE, connection=redis).get_job_ids(cleanup=False)
    asked = [json.loads(entry)[0] for entry in redis.lrange(LINE, 0, -1)]  # type: ignore[union-attr]
    return bool(started) and not asked and not list(redis.scan_iter("moderato:request:*"))
