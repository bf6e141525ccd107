"""Threads of the web server: callers take turns, and one that has many requests does not hold all threads."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from service.front import turns
from service.front.turns import LineTooLong, Turns

THREADS = 4


def test_one_caller_leaves_a_thread_to_the_next() -> None:
    release, entered = threading.Event(), threading.Semaphore(0)

    def slow(hand_over: Callable[[Any], object]) -> None:
        entered.release()
        assert release.wait(15)
        hand_over("slow")

    async def both() -> str:
        shared = Turns(THREADS)
        greedy = [asyncio.ensure_future(shared.run("greedy", slow)) for _ in range(50)]
        await asyncio.to_thread(entered.acquire)
        quick: str = await asyncio.wait_for(shared.run("quiet", lambda hand_over: hand_over("quick")), 10)
        release.set()
        assert await asyncio.gather(*greedy) == ["slow"] * 50
        return quick

    assert asyncio.run(both()) == "quick"


def test_what_fails_on_the_thread_fails_for_the_caller_and_frees_the_thread() -> None:
    def fails(_hand_over: Callable[[Any], object]) -> None:
        raise ValueError("it failed")

    async def again_and_again() -> str:
        shared = Turns(1)
        for _ in range(3):
            with pytest.raises(ValueError, match="it failed"):
                await shared.run("one", fails)
        done: str = await shared.run("one", lambda hand_over: hand_over("done"))
        return done

    assert asyncio.run(again_and_again()) == "done"


def test_a_line_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 2)
    release = threading.Event()

    async def fill() -> None:
        shared = Turns(1)
        work = [asyncio.ensure_future(shared.run("one", _waiting_for(release))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(LineTooLong):
            await shared.run("one", _waiting_for(release))
        release.set()
        await asyncio.gather(*work)

    asyncio.run(fill())


def _waiting_for(release: threading.Event) -> Callable[[Callable[[Any], object]], None]:
    def work(hand_over: Callable[[Any], object]) -> None:
        assert release.wait(30)
        hand_over(None)

    return work
