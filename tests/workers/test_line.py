"""Requests for scores at once: whose comes next, and which are refused at once."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from service.db import Database
from service.installation.settings import Settings
from service.queues import INTERACTIVE, LINE, TOO_LONG, Queues, answer_key, request_key
from tests.support.classifiers import ScriptedClassifiers
from workers import interactive
from workers.classifiers.base import Subject
from workers.runtime import Runtime

pytestmark = pytest.mark.one_database
PATIENCE = 20.0  # seconds
LONG_TEXT = "long " * 2_000


@pytest.fixture
def classifiers() -> ScriptedClassifiers:
    return ScriptedClassifiers()


@pytest.fixture
def runtime(settings: Settings, database: Database, queues: Queues, classifiers: ScriptedClassifiers) -> Runtime:
    queues.steady.delete(LINE)
    return Runtime(settings, INTERACTIVE, database, queues, classifiers)


@contextmanager
def waiting(queues: Queues, settings: Settings, *asked: tuple[str, str]) -> Iterator[list[Any]]:
    """Have callers wait with their texts, in this order; yield the list of replies as they come."""
    replies: list[Any] = []

    def ask(caller: str, text: str) -> None:
        request = {"text": text}
        replies.append(queues.ask(request, deadline_seconds=PATIENCE, keyring=settings.keyring, caller=caller))

    threads = []
    for number, (caller, text) in enumerate(asked, start=1):
        threads.append(threading.Thread(target=ask, args=(caller, text)))
        threads[-1].start()
        until = time.monotonic() + PATIENCE
        while queues.redis.llen(LINE) < number:
            assert time.monotonic() < until
    try:
        yield replies
    finally:
        queues.redis.delete(LINE)
        for thread in threads:
            thread.join()


def read(classifiers: ScriptedClassifiers) -> list[str]:
    return [subject.text for subject in classifiers.seen]


def test_a_caller_who_has_used_much_time_waits_for_one_who_has_not(
    runtime: Runtime, queues: Queues, settings: Settings, classifiers: ScriptedClassifiers
) -> None:
    runtime.turns.spend("greedy", 0.4)
    with waiting(queues, settings, ("greedy", "one"), ("greedy", "two"), ("quiet", "three")):
        for _ in range(3):
            interactive.answer_next(runtime, queues.steady, "gone")
    assert read(classifiers) == ["three", "one", "two"]


def test_what_the_worker_spends_on_a_caller_counts(
    runtime: Runtime, queues: Queues, settings: Settings, classifiers: ScriptedClassifiers
) -> None:
    with waiting(queues, settings, ("greedy", "one"), ("greedy", "two"), ("quiet", "three")):
        for _ in range(3):
            interactive.answer_next(runtime, queues.steady, "gone")
    assert read(classifiers) == ["one", "three", "two"]


def test_a_text_that_would_take_too_long_is_refused_at_once_and_the_next_one_is_answered(
    runtime: Runtime, queues: Queues, settings: Settings, classifiers: ScriptedClassifiers
) -> None:
    runtime.pace.learn(10_000, 10.0, now=time.monotonic())
    with waiting(queues, settings, ("one", LONG_TEXT), ("two", "short")) as replies:
        interactive.answer_next(runtime, queues.steady, "gone")
    assert read(classifiers) == ["short"]
    assert {"error": TOO_LONG} in replies
    assert any("assessment" in reply for reply in replies)


def test_an_article_counts_until_its_index_is_kept(
    runtime: Runtime, queues: Queues, classifiers: ScriptedClassifiers
) -> None:
    request = {"text": "short", "article": {"title": "Ferries", "body": "river " * 7_000}, "keep_article": True}
    assert "assessment" in interactive._in_time(runtime, json.dumps(request), seconds=PATIENCE)
    runtime.pace.learn(10_000, 10.0, now=time.monotonic())
    assert "assessment" in interactive._in_time(runtime, json.dumps(request), seconds=PATIENCE)
    other = json.dumps({**request, "article": {**request["article"], "title": "Bridges"}})  # type: ignore[dict-item]
    with pytest.raises(interactive.TooLong):
        interactive._in_time(runtime, other, seconds=PATIENCE)


def test_the_pace_is_learnt_from_long_texts(runtime: Runtime, classifiers: ScriptedClassifiers) -> None:
    interactive._in_time(runtime, json.dumps({"text": "short"}), seconds=PATIENCE)
    assert runtime.pace.seconds(1, now=time.monotonic()) == 0
    interactive._in_time(runtime, json.dumps({"text": LONG_TEXT}), seconds=PATIENCE)
    assert runtime.pace.seconds(1, now=time.monotonic()) > 0


def test_a_text_that_takes_too_long_is_cut_short_and_refused_and_so_is_the_next_of_its_length(
    runtime: Runtime, classifiers: ScriptedClassifiers, settings: Settings
) -> None:
    reads = 0

    def read_slowly(subject: Subject) -> None:
        nonlocal reads
        until = time.monotonic() + settings.score_deadline_ms / 1000
        while subject.budget is not None and subject.budget.allows(1):
            reads += 1
            assert time.monotonic() < until, "the worker would keep others waiting past their deadline"

    classifiers.script = read_slowly
    request = json.dumps({"text": LONG_TEXT, "maximum_length": 10**9})
    for _ in range(2):
        with pytest.raises(interactive.TooLong):
            interactive._in_time(runtime, request, seconds=PATIENCE)
    assert reads
    assert len(classifiers.seen) == 1, "the second one is not begun"


def test_stretches_are_given_up_where_another_caller_waits(
    runtime: Runtime, queues: Queues, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactive, "BESIDES", -1.0)
    request = json.dumps({"text": "You did not read it. You did.", "stretches": [(0, 20), (21, 29)]})
    assert len(interactive._in_time(runtime, request, seconds=PATIENCE)["stretches"]) == 2
    with waiting(queues, settings, ("two", "short")):
        with pytest.raises(interactive.TooLong):
            interactive._in_time(runtime, request, seconds=PATIENCE)
        interactive.answer_next(runtime, queues.steady, "gone")


def test_a_request_of_a_web_process_of_the_version_before_is_answered(
    runtime: Runtime, queues: Queues, settings: Settings
) -> None:
    queues.steady.set(request_key("old"), settings.keyring.seal(json.dumps({"text": "short"})), ex=5)
    interactive.answer_next(runtime, queues.steady, "old")
    assert queues.steady.llen(answer_key("old")) == 1


def test_a_request_whose_caller_has_gone_is_passed_over(
    runtime: Runtime, queues: Queues, settings: Settings, classifiers: ScriptedClassifiers
) -> None:
    with waiting(queues, settings, ("quiet", "here")) as replies:
        queues.steady.lpush(LINE, json.dumps(["gone", "greedy", 1.0, 0.7]))
        interactive.answer_next(runtime, queues.steady, "gone")
    assert read(classifiers) == ["here"]
    assert len(replies) == 1


def test_nothing_is_left_in_the_line_after_the_deadline(runtime: Runtime, queues: Queues, settings: Settings) -> None:
    assert queues.ask({"text": "x"}, deadline_seconds=0.01, keyring=settings.keyring) is None
    assert not queues.steady.exists(LINE)
