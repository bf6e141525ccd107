"""Who waits for scores goes first, and comments keep at least half their pace meanwhile."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from rq import Queue

from service.installation.settings import Settings
from service.queues import CALLER, INTERACTIVE, Queues, announce_caller, request_key
from tests.faults.conftest import scripted
from tests.support import interactive
from tests.support.classifiers import ScriptedClassifiers
from tests.support.flow import Flow
from tests.support.services import REPOSITORY, Services, eventually
from workers import precedence
from workers.classifiers.base import Classification, Subject
from workers.interactive import answer


class Clock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self, queues: Queues, *, answered_after: float = float("inf")) -> None:
        self.queues, self.answered_after, self.now = queues, answered_after, 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self.answered_after:
            self.queues.redis.delete(CALLER)


@pytest.fixture
def caller(queues: Queues) -> Iterator[Queues]:
    queues.redis.set(CALLER, 1)  # without the end that a real one has
    yield queues
    queues.redis.delete(CALLER)


def waited(queues: Queues, most: float, clock: Clock) -> float:
    told = precedence.give_way(queues, most, clock=lambda: clock.now, sleep=clock.sleep)
    assert told == clock.now
    return told


def test_a_worker_waits_no_longer_than_it_may(caller: Queues) -> None:
    assert waited(caller, 0.02, Clock(caller)) == pytest.approx(0.02)
    assert waited(caller, 0.0, Clock(caller)) == 0


def test_a_worker_waits_until_the_caller_has_an_answer(caller: Queues) -> None:
    assert waited(caller, 60.0, Clock(caller, answered_after=0.01)) < 0.02


def test_a_worker_without_a_caller_does_not_wait(queues: Queues) -> None:
    queues.redis.delete(CALLER)
    assert waited(queues, 60.0, Clock(queues)) == 0


def test_a_worker_does_not_wait_while_redis_is_away() -> None:
    away = Queues("redis://127.0.0.1:1/0")
    assert waited(away, 60.0, Clock(away)) == 0


def test_a_worker_waits_for_callers_no_longer_than_it_has_worked(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[float] = []

    def wait_a_minute_before_the_third(_queues: Queues, most: float) -> float:
        offered.append(most)
        return 60.0 if len(offered) == 3 else 0.0

    monkeypatch.setattr("workers.classification.give_way", wait_a_minute_before_the_third)
    for number in range(4):
        flow.accept(f"c-{number}", text=f"Comment number {number} is about the market street, and it is long enough.")
    assert flow.drain() == 4
    first, second, third, fourth = offered
    assert first == 0
    assert 0 < second < third, "time in which nobody called is saved"
    assert fourth < third - 30, "what was waited is not waited again"


def test_a_request_announces_its_caller_and_the_answer_ends_that(
    flow: Flow, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.queues.CALLER_LIFETIME", 600_000)  # so that nothing but the answer ends it
    queues = flow.runtime.queues
    queues.redis.delete(CALLER)
    assert queues.ask({"text": "x"}, deadline_seconds=0.01, keyring=settings.keyring) is None
    assert queues.is_caller_waiting()
    with interactive.worker(settings, flow.database, queues, ScriptedClassifiers()):
        assert queues.ask({"text": "x"}, deadline_seconds=10, keyring=settings.keyring) is not None
    assert not queues.is_caller_waiting()


def test_an_answer_leaves_the_announcement_to_those_who_wait_behind(
    flow: Flow, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.queues.CALLER_LIFETIME", 600_000)
    queues, redis = flow.runtime.queues, flow.runtime.queues.redis

    def answer_one() -> bool:
        redis.set(request_key("one"), settings.keyring.seal("{}"))
        answer(flow.runtime, redis, "one", reply_to=lambda *_: {})
        return queues.is_caller_waiting()

    queues.ask({"text": "x"}, deadline_seconds=0.01, keyring=settings.keyring)
    assert answer_one(), "somebody waits behind"
    redis.delete(Queue(INTERACTIVE, connection=redis).key)
    assert not answer_one()


def test_a_request_whose_caller_has_gone_announces_nobody(
    flow: Flow, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.queues.CALLER_LIFETIME", 600_000)
    redis = flow.runtime.queues.redis
    answer(flow.runtime, redis, "long gone", reply_to=lambda *_: {})
    assert not flow.runtime.queues.is_caller_waiting()


def test_a_caller_whose_answer_never_comes_is_forgotten_soon(queues: Queues) -> None:
    announce_caller(queues.redis)
    assert 0 < queues.redis.pttl(CALLER) <= 80


@pytest.mark.one_database
def test_a_worker_that_nobody_waits_for_takes_no_core_from_one_that_answers(services: Services) -> None:
    started = {role: scripted(services, role).pid for role in ("classification", INTERACTIVE)}
    eventually(lambda: services.output().count('"ready"') == 2, services.output)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    lower = {role: os.getpriority(os.PRIO_PROCESS, pid) - own for role, pid in started.items()}
    assert lower == {"classification": precedence.NICENESS, INTERACTIVE: 0}


def test_the_encoders_own_threads_step_back_too() -> None:
    """On Linux each thread has a priority, and those that an encoder started before keep theirs."""
    script = """
import os, threading
from workers.precedence import step_back
threading.Thread(target=threading.Event().wait, daemon=True).start()
before = [os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in os.listdir("/proc/self/task")]
step_back()
after = [os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in os.listdir("/proc/self/task")]
print(len(before), {now - then for then, now in zip(before, after, strict=True)})
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert found.stdout.split() == ["2", f"{{{precedence.NICENESS}}}"]


def test_waiting_for_a_processor_is_no_work_that_a_worker_gives_callers_back(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[float] = []
    monkeypatch.setattr("workers.classification.give_way", lambda _queues, most: offered.append(most) or 0.0)
    scripted_assess = flow.runtime.scoring.assess

    def waits(subject: Subject) -> Classification:
        time.sleep(0.3)
        return scripted_assess(subject)

    monkeypatch.setattr(flow.runtime.scoring, "assess", waits)
    for number in range(4):
        flow.accept(f"c-{number}", text=f"Comment number {number} is about the market street, and it is long enough.")
    assert flow.drain() == 4
    assert 0 < max(offered) < 0.3
