"""Word of verdicts from the workers, through Redis: who waits for one need not look at the database all the time.

What Redis says is a hint, as everywhere: it can be lost, and then the waiting request polls the database. A process has
one thread and one connection for it, while a request waits. Only comment ids travel, and one is only heard by those
who found the comment at their own site first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from redis import RedisError

from service.queues import DECIDED, Queues, connect

IDLE_SECONDS = 10.0  # after which the thread ends if no request waits
TURN_SECONDS = 1.0  # how long it listens before it looks whether anybody waits


class Announcements:
    """The verdicts that this process waits for."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._expected: dict[str, set[threading.Event]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._subscribed = False

    @contextmanager
    def expect(self, comment_id: str, /) -> Iterator[threading.Event]:
        """Yield an event that is set when a verdict on the comment is announced, from now on."""
        event = threading.Event()
        with self._lock:
            self._expected.setdefault(comment_id, set()).add(event)
        try:
            yield event
        finally:
            with self._lock:
                self._expected[comment_id].discard(event)
                if not self._expected[comment_id]:
                    del self._expected[comment_id]

    def are_heard(self) -> bool:
        """Whether an announcement made from now on is heard; otherwise a listener is started, if Redis is up."""
        with self._lock:
            if self._thread is None and self._queues.worth_trying():
                self._thread = threading.Thread(target=self._listen, name="announcements", daemon=True)
                self._thread.start()
            return self._subscribed

    def _listen(self) -> None:
        try:
            with connect(self._queues.url) as redis, redis.pubsub() as channel:
                channel.subscribe(DECIDED)
                idle = 0.0
                while not self._is_over(idle):
                    message = channel.get_message(timeout=TURN_SECONDS)
                    idle = idle + TURN_SECONDS if message is None and not self._expected else 0.0
                    if message is not None and message["type"] == "subscribe":
                        self._subscribed = True
                    elif message is not None:
                        self._pass_on(message["data"].decode())
        except (RedisError, OSError) as error:
            self._queues.fall_silent(error)
        finally:
            with self._lock:
                self._subscribed, self._thread = False, None

    def _is_over(self, idle: float) -> bool:
        with self._lock:
            if idle < IDLE_SECONDS or self._expected:
                return False
            self._subscribed = False  # at once, so that a request that waits from now on subscribes again
            return True

    def _pass_on(self, comment_id: str) -> None:
        with self._lock:
            for event in self._expected.get(comment_id, ()):
                event.set()
