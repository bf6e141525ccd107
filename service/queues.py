"""The only module that enqueues. An RQ job is a hint that there is work; the database knows what the work is.

Wake-ups are coalesced: while one `classify` job waits in the queue, further comments add none, because the job claims
whatever is pending when it starts. That removes RQ's 4-6 ms per comment (docs/adr/0002). Every error of Redis here
means "upkeep will wake them", so nothing is raised and intake never waits longer than a connection attempt; after an
error Redis is left alone for a second.
"""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

log = structlog.get_logger()

CLASSIFICATION = "classification"
INTERACTIVE = "interactive"
DELIVERY = "delivery"
QUEUES = (CLASSIFICATION, INTERACTIVE, DELIVERY)
JOBS = {
    CLASSIFICATION: "workers.jobs.classify",
    INTERACTIVE: "workers.jobs.score",
    DELIVERY: "workers.jobs.deliver",
}
DECIDED = "moderato:decided"  # the channel on which workers say which comments got their verdicts
JOB_TIMEOUT = 120  # seconds
WAKE_LIFETIME = 5  # seconds after which a wake-up that nobody answered no longer stands in the way of another
ANSWER_LIFETIME = 5  # seconds that a text to be scored at once, and its answer, stay in Redis


def connect(url: str, *, patient: bool = False) -> Redis:
    """Return a client; `patient` for workers that block on a queue, else one that fails within half a second."""
    if patient:
        return Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30)
    return Redis.from_url(
        url, socket_connect_timeout=0.4, socket_timeout=0.5, retry=Retry(NoBackoff(), 0), retry_on_error=[]
    )


class Queues:
    """The queues as the web side and the upkeep see them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = connect(url)
        self._queues = {name: Queue(name, connection=self.redis, serializer=JSONSerializer) for name in QUEUES}
        self._silent_until = 0.0
        self._lock = threading.Lock()

    def wake(self, queue: str = CLASSIFICATION, /) -> bool:
        """Say that there is work; False when Redis did not take it (then upkeep says it again)."""
        if not self.worth_trying():
            return False
        try:
            if self.redis.set(_wake_key(queue), 1, nx=True, ex=WAKE_LIFETIME):
                self._enqueue(queue, ())
        except (RedisError, OSError) as error:
            self.fall_silent(error)
            return False
        return True

    def announce(self, comment_id: str, /) -> None:
        """Say that a verdict on the comment is committed, to whoever waits for it; nobody relies on hearing it."""
        if not self.worth_trying():
            return
        try:
            self.redis.publish(DECIDED, comment_id)
        except (RedisError, OSError) as error:
            self.fall_silent(error)

    def ask(self, request: Mapping[str, Any], /, *, deadline_seconds: float) -> dict[str, Any] | None:
        """Have the interactive worker score `request["text"]`; None when there is no answer in time.

        Request and answer live in Redis for seconds, under a random id; the job carries only the id.
        """
        request_id = secrets.token_hex(16)
        try:
            self.redis.set(request_key(request_id), json.dumps(dict(request)), ex=ANSWER_LIFETIME)
            self._enqueue(INTERACTIVE, (request_id,))
            # The blocking read may outlast the client's socket timeout only if the deadline does; ask in short turns.
            until = time.monotonic() + deadline_seconds
            while (left := until - time.monotonic()) > 0:
                answer = self.redis.blpop([answer_key(request_id)], timeout=min(left, 0.4))
                if answer is not None:
                    loaded = json.loads(answer[1])
                    return loaded if isinstance(loaded, dict) else None
            self.redis.delete(request_key(request_id))
        except (RedisError, OSError) as error:
            self.fall_silent(error)
        return None

    def alive(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self.redis.ping())
        except (RedisError, OSError):
            return False

    def _enqueue(self, queue: str, args: tuple[str, ...]) -> None:
        self._queues[queue].enqueue_call(
            JOBS[queue],
            args=args,
            timeout=JOB_TIMEOUT,
            result_ttl=0,
            failure_ttl=86_400,
            description=queue,
        )

    def worth_trying(self) -> bool:
        """False for a second after an error of Redis, so that one request pays for finding out and not all of them."""
        return time.monotonic() >= self._silent_until

    def fall_silent(self, error: Exception) -> None:
        """Leave Redis alone for a second; for everything that uses `redis` of its own accord."""
        with self._lock:
            self._silent_until = time.monotonic() + 1.0
        log.warning("redis_unreachable", error=type(error).__name__)


def answer_wake(redis: Redis, queue: str, /) -> None:
    """Take the wake-up down before looking for work: what comes in from now on wakes somebody again."""
    redis.delete(_wake_key(queue))


def request_key(request_id: str) -> str:
    return f"moderato:request:{request_id}"


def answer_key(request_id: str) -> str:
    return f"moderato:answer:{request_id}"


def _wake_key(queue: str) -> str:
    return f"moderato:wake:{queue}"
