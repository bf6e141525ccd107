"""Which request gets the next thread: callers take turns, and none may hold all threads.

A caller is a site once its key is known, an address before that. Runs on the event loop alone; only the work itself
runs on threads.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from service.capacity.shares import admits

MOST_WAITING = 1_000  # requests of one caller that wait for a thread; further ones are refused

Result = TypeVar("Result")
Work = Callable[[Callable[[Result], object]], None]  # takes what its result is handed to


class LineTooLong(Exception):
    """The caller has too many requests waiting."""


@dataclass(eq=False)
class _Line:
    """One caller's requests: those that have a thread, and those that wait for one."""

    weight: float = 1.0
    inside: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Turns:
    """The threads of one web process."""

    def __init__(self, threads: int, /) -> None:
        self._threads, self._inside = threads, 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._lines: dict[str, _Line] = {}  # the one served last comes last

    async def run(self, caller: str, work: Work[Result], /, *, weight: float = 1.0) -> Result:
        """Do `work` on a thread when it is the caller's turn and return what it hands over; raise LineTooLong.

        What `work` does after handing over delays nobody but its own caller's line.
        """
        loop = asyncio.get_running_loop()
        line = self._lines.setdefault(caller, _Line())
        if len(line.waiting) >= MOST_WAITING:
            raise LineTooLong
        line.weight = weight
        turn: asyncio.Future[None] = loop.create_future()
        line.waiting.append(turn)
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(caller, line)
            raise
        answered: asyncio.Future[Result] = loop.create_future()

        def on_thread() -> None:
            try:
                work(lambda result: loop.call_soon_threadsafe(_settle, answered, result))
            except BaseException as fault:
                loop.call_soon_threadsafe(_fail, answered, fault)
            finally:
                loop.call_soon_threadsafe(self._leave, caller, line)

        self._pool.submit(on_thread)
        return await answered

    def _leave(self, caller: str, line: _Line) -> None:
        line.inside -= 1
        self._inside -= 1
        self._let_in()
        if not line.inside and not line.waiting and self._lines.get(caller) is line:
            del self._lines[caller]

    def _let_in(self) -> None:
        while self._inside < self._threads:
            # The one with least for its weight; among equals the one that was served longest ago.
            chosen = min(
                (caller for caller, line in self._lines.items() if self._may_enter(line)),
                key=lambda caller: self._lines[caller].inside / self._lines[caller].weight,
                default=None,
            )
            if chosen is None:
                return
            line = self._lines[chosen] = self._lines.pop(chosen)
            turn = line.waiting.popleft()
            if turn.cancelled():
                continue
            line.inside += 1
            self._inside += 1
            turn.set_result(None)

    def _may_enter(self, line: _Line) -> bool:
        return bool(line.waiting) and admits(line.inside, self._inside, self._threads, weight=line.weight)


def _settle(answered: asyncio.Future[Result], result: Result) -> None:
    if not answered.done():
        answered.set_result(result)


def _fail(answered: asyncio.Future[Any], fault: BaseException) -> None:
    if not answered.done():
        answered.set_exception(fault)
