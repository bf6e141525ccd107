"""Verdicts that requests wait for: heard from the workers through Redis, and looked for in the database.

What Redis says is a hint, as everywhere: it can be lost. One thread of the process, while anybody waits, listens and
looks now and then for all who wait with one statement, so that a hundred waiting requests cost no more than one. While
nothing is heard (Redis is away) it looks every 5 ms at first, because an idle service decides within 20-30 ms, and ever
less often after that.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis, RedisError
from redis.client import PubSub
from sqlalchemy import bindparam, literal, select

from service.db import OUT_OF_ORDER, Database, table
from service.models import Comment
from service.queues import DECIDED, Queues, connect
from service.vocabulary import CommentStatus

IDLE_SECONDS = 10.0  # after which the thread ends if no request waits
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.005, 0.5, 1.15  # seconds between two looks
LOOKED_FOR_AT_ONCE = 500  # comments in one statement

_comment = table(Comment).c
DECIDED_AMONG = select(_comment.id, _comment.status).where(
    _comment.id.in_(bindparam("ids", expanding=True)),
    _comment.status != literal(CommentStatus.PENDING, _comment.status.type),
)


class Expectation:
    """One request's waiting for the verdict on a comment; with `status` held, for a moderator's."""

    def __init__(self, comment_id: str, status: CommentStatus, leave: Callable[["Expectation"], None]) -> None:
        self.comment_id, self.status = comment_id, status
        self._leave = leave
        self._met = threading.Event()
        self._then: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def wait(self, seconds: float, /) -> bool:
        """Wait on this thread; whether the verdict came in that time."""
        return self._met.wait(seconds)

    def then(self, call: Callable[[], object], /) -> None:
        """Call once when the verdict is there, from another thread; now, if it is."""
        with self._lock:
            self._then = call
            met = self._met.is_set()
        if met:
            call()

    def meet(self) -> None:
        """Note that the verdict is there."""
        with self._lock:
            first, call = not self._met.is_set(), self._then
            self._met.set()
        if first and call is not None:
            call()

    def leave(self) -> None:
        """Expect it no more."""
        self._leave(self)


class Announcements:
    """The verdicts that this process waits for."""

    def __init__(self, queues: Queues, database: Database) -> None:
        self._queues, self._database = queues, database
        self._expected: dict[str, set[Expectation]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._came = threading.Event()  # somebody new waits
        self._heard = False

    def expect(self, comment_id: str, /, *, beyond: CommentStatus = CommentStatus.PENDING) -> Expectation:
        """Return what is met by a verdict on the comment, from now on; the caller leaves it in the end.

        `beyond` is the status that it has and that a verdict ends: pending or held.
        """
        expectation = Expectation(comment_id, beyond, self._forget)
        with self._lock:
            self._expected.setdefault(comment_id, set()).add(expectation)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="announcements", daemon=True)
                self._thread.start()
        self._came.set()
        return expectation

    def are_heard(self) -> bool:
        """Whether the thread listens to Redis at the moment."""
        return self._heard

    def _forget(self, expectation: Expectation) -> None:
        with self._lock:
            others = self._expected.get(expectation.comment_id, set())
            others.discard(expectation)
            if not others:
                self._expected.pop(expectation.comment_id, None)

    def _watch(self) -> None:
        pause, idle_since = FIRST_PAUSE, time.monotonic()
        while True:
            try:
                with self._listening() as channel:
                    while channel is not None or not self._queues.worth_trying():
                        if self._expected:
                            idle_since = time.monotonic()
                        elif self._is_over(idle_since):
                            return
                        if self._came.is_set():
                            self._came.clear()
                            pause = FIRST_PAUSE
                        looked = self._look(list(self._expected))
                        pause = LONGEST_PAUSE if self._heard else min(pause * GROWTH, LONGEST_PAUSE)
                        self._pause(channel, max(pause, 10 * looked))
            except (RedisError, OSError) as error:
                self._queues.fall_silent(error)

    @contextmanager
    def _listening(self) -> Iterator[PubSub | None]:
        """Yield the subscribed channel, or None while Redis is away."""
        if not self._queues.worth_trying():
            yield None
            return
        redis: Redis
        with connect(self._queues.url) as redis, redis.pubsub() as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(DECIDED)
            try:
                yield channel
            finally:
                self._heard = False

    def _pause(self, channel: PubSub | None, seconds: float) -> None:
        """Listen for so long, or wait where there is nothing to listen to; a newcomer ends a wait."""
        if channel is None:
            self._came.wait(seconds)
            return
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            message = channel.get_message(timeout=left)
            if message is None:
                continue
            if message["type"] == "subscribe":
                self._heard = True
                return  # to look for what was decided before
            if (comment_id := message["data"].decode()) in self._expected:
                self._look([comment_id])  # it may have been about an earlier text

    def _look(self, ids: list[str]) -> float:
        """Look in the database which of these comments are decided; return how long it took."""
        started = time.monotonic()
        try:
            for start in range(0, len(ids), LOOKED_FOR_AT_ONCE):
                with self._database.read() as session:
                    chunk = {"ids": ids[start : start + LOOKED_FOR_AT_ONCE]}
                    decided = [(row.id, row.status) for row in session.execute(DECIDED_AMONG, chunk)]
                self._meet(decided)
        except OUT_OF_ORDER:
            return LONGEST_PAUSE  # it is looked for again
        return time.monotonic() - started

    def _is_over(self, idle_since: float) -> bool:
        with self._lock:
            if self._expected or time.monotonic() - idle_since < IDLE_SECONDS:
                return False
            self._thread = None
            return True

    def _meet(self, decided: list[tuple[str, CommentStatus]]) -> None:
        with self._lock:
            met = [one for row, status in decided for one in self._expected.get(row, ()) if one.status is not status]
        for expectation in met:
            expectation.meet()
