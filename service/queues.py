"""The only module that enqueues. An RQ job is a hint that there is work; the database knows what the work is.

Wake-ups are coalesced: while one `classify` job waits in the queue, further comments add none, because the job claims
whatever is pending when it starts. That removes RQ's 4-6 ms per comment (docs/adr/0002). Every error of Redis here
means "upkeep will wake them", so nothing is raised. Intake answers within half a second whatever Redis does: a request
waits for a fifth of a second for one answer, and from then on a breaker leaves it to a thread, which also gives the
wake-ups that were missed meanwhile.
"""

import json
import math
import secrets
import time
from collections.abc import Mapping
from typing import Any

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from service.capacity.breaker import Breaker
from service.outside.sealing import Keyring, Unopenable

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
TRIAL = "workers.jobs.try_draft"  # another job of the interactive queue
REPLAY = "replay"  # wakes an interactive worker too: it works on replays beside the scores
WAKES = {**{queue: (queue, job) for queue, job in JOBS.items()}, REPLAY: (INTERACTIVE, "workers.jobs.replay")}
UNSCORED = "moderato:unscored"  # hash: how many requests for scores at once had none, by reason
LATE = 0.1  # seconds by which Redis may end a blocking read too late
LINE = "moderato:line"  # list: requests for scores that wait, with their callers; the worker chooses
MOST_IN_LINE = 1_000
TOO_LONG = "too_long"  # the answer to a request whose scores would come too late
CALLER = "moderato:caller"  # there while a caller waits for scores, see `workers.precedence`
CALLER_LIFETIME = 80  # milliseconds, where no answer removes it
DECIDED = "moderato:decided"  # the channel on which workers announce verdicts
JOB_TIMEOUT = 120  # seconds
WAKE_LIFETIME = 5  # seconds after which an unanswered wake-up no longer blocks another
ANSWER_LIFETIME = 5  # seconds that a text to be scored at once, and its answer, stay in Redis
# Seconds after which a request asks Redis nothing more: two such answers and a late one are no half a second.
SLOW = 0.12
QUICK = 0.1  # seconds within which Redis answers when all is well again


def connect(url: str, *, patient: bool = False) -> Redis:
    """Return a client; `patient` for workers that block on a queue, else one that fails within half a second."""
    if patient:
        return Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30)
    return _connect_once(url, connecting=0.4, answering=0.5)


def _connect_once(url: str, *, connecting: float, answering: float) -> Redis:
    """Return a client that tries once. RESP2, because RESP3 and a library's name cost three answers per connection."""
    return Redis.from_url(
        url,
        socket_connect_timeout=connecting,
        socket_timeout=answering,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        protocol=2,
        driver_info=None,
    )


class Queues:
    """The queues as the web side and the upkeep use them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = _connect_once(url, connecting=0.15, answering=0.2)  # for side effects of a request
        self.steady = connect(url)  # for the main purpose of a request or a job
        self._queues = {name: Queue(name, connection=self.redis, serializer=JSONSerializer) for name in QUEUES}
        self._interactive = Queue(INTERACTIVE, connection=self.steady, serializer=JSONSerializer)
        self._breaker = Breaker(self._is_well_again)
        self._missed: set[str] = set()

    def wake(self, work: str = CLASSIFICATION, /) -> bool:
        """Announce that there is work, one of `WAKES`; False if Redis did not accept it (upkeep or this process repeats
        it later)."""
        if self.worth_trying():
            started = time.monotonic()
            try:
                if not self.redis.set(_wake_key(work), 1, nx=True, ex=WAKE_LIFETIME):
                    return True
                if self.in_time(started):
                    queue, job = WAKES[work]
                    _enqueue(self._queues[queue], job)
                    return True
            except (RedisError, OSError) as error:
                self.fall_silent(error)
        self._missed.add(work)
        return False

    def is_woken(self, queue: str, /) -> bool:
        """Whether a job waits on the queue; True as well where Redis does not say."""
        try:
            return bool(self.redis.llen(self._queues[queue].key))
        except (RedisError, OSError) as error:
            self.fall_silent(error)
            return True

    def is_first(self, name: str, /, *, seconds: int) -> bool:
        """Whether nobody has asked about `name` for so long; True as well where Redis does not say."""
        if not self.worth_trying():
            return True
        try:
            return bool(self.redis.set(f"moderato:once:{name}", 1, nx=True, ex=seconds))
        except (RedisError, OSError) as error:
            self.fall_silent(error)
            return True

    def announce(self, comment_id: str, /) -> None:
        """Publish that a verdict on the comment is committed; long polls listen, and nothing depends on it."""
        if not self.worth_trying():
            return
        try:
            self.redis.publish(DECIDED, comment_id)
        except (RedisError, OSError) as error:
            self.fall_silent(error)

    def ask(
        self,
        request: Mapping[str, Any],
        /,
        *,
        deadline_seconds: float,
        keyring: Keyring,
        job: str = JOBS[INTERACTIVE],
        caller: str = "",
        weight: float = 1.0,
    ) -> dict[str, Any] | None:
        """Have the interactive worker answer `request`, by default with the scores of `request["text"]`; None if there
        is no answer in time.

        Request and answer stay in Redis for seconds, sealed, under a random id; the job carries only the id. Requests
        for scores share the worker's time by their `caller`, each with its `weight`.
        """
        request_id = secrets.token_hex(16)
        entry = json.dumps([request_id, caller, weight, deadline_seconds])
        try:
            sealed = keyring.seal(json.dumps(dict(request)))
            lifetime = lifetime_of(deadline_seconds)
            with self.steady.pipeline() as pipeline:  # one answer of Redis to wait for; all of it is done, or nothing
                _put(self._interactive, (request_id,), job, pipeline)  # the first, because RQ begins the transaction
                pipeline.set(request_key(request_id), sealed, ex=lifetime)
                if job == JOBS[INTERACTIVE]:
                    pipeline.rpush(LINE, entry)
                    pipeline.ltrim(LINE, -MOST_IN_LINE, -1)
                    pipeline.expire(LINE, lifetime)
                announce_caller(pipeline)
                pipeline.execute()
            answer = self._answer(answer_key(request_id), time.monotonic() + deadline_seconds)
            if answer is not None:
                loaded = json.loads(keyring.open(answer.decode() if isinstance(answer, bytes) else answer))
                return loaded if isinstance(loaded, dict) else None
            self.steady.delete(request_key(request_id))
            self.steady.lrem(LINE, 1, entry)
        except Unopenable:
            log.error("answer_unopenable", request_id=request_id)  # the worker has other MODERATO_ENCRYPTION_KEYS
        except (RedisError, OSError) as error:
            self.fall_silent(error)
        return None

    def _answer(self, key: str, until: float) -> bytes | str | None:
        """Return the answer as soon as it is there; None if it is not by `until`, and no later."""
        while (left := until - time.monotonic()) > LATE:
            # A blocking read may outlast the client's socket timeout only if the deadline does: in short turns.
            found: list[Any] | None = self.steady.blpop([key], timeout=min(left - LATE, 0.25))  # type: ignore[assignment]
            if found is not None:
                return found[1]  # type: ignore[no-any-return]
        while (answer := self.steady.lpop(key)) is None and time.monotonic() < until:
            time.sleep(0.01)
        return answer  # type: ignore[return-value]

    def is_caller_waiting(self) -> bool:
        """Whether somebody waits for scores; False where Redis does not say."""
        if not self.worth_trying():
            return False
        try:
            return bool(self.redis.exists(CALLER))
        except (RedisError, OSError) as error:
            self.fall_silent(error)
            return False

    def count_unscored(self, reason: str, /) -> None:
        """Count a request for scores at once that had none; while Redis is away nothing is counted."""
        if not self.worth_trying():
            return
        try:
            self.redis.hincrby(UNSCORED, reason)
        except (RedisError, OSError) as error:
            self.fall_silent(error)

    def unscored(self) -> dict[str, int]:
        """Return how many requests for scores at once had none, by reason; raise RedisError."""
        found: dict[bytes, bytes] = self.redis.hgetall(UNSCORED)  # type: ignore[assignment]
        return {reason.decode(): int(count) for reason, count in found.items()}

    def alive(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self.redis.ping())
        except (RedisError, OSError):
            return False

    def worth_trying(self) -> bool:
        """False after an error of Redis or a late answer, until it works again: only the first request waits."""
        return self._breaker.is_closed()

    def in_time(self, started: float, /) -> bool:
        """Whether Redis answered quickly enough for the same request to ask again; otherwise the breaker opens."""
        if time.monotonic() - started < SLOW:
            return True
        self.fall_silent(TimeoutError())
        return False

    def fall_silent(self, error: Exception) -> None:
        """Leave Redis to the breaker's thread; for code that uses `redis` directly."""
        self._breaker.open()
        log.warning("redis_unreachable", error=type(error).__name__)

    def _is_well_again(self) -> bool:
        """Repeat the missed wake-ups from the breaker's thread, which can wait; return whether Redis was quick."""
        try:
            with _connect_once(self.url, connecting=2.0, answering=2.0) as redis:
                redis.set("moderato:well", 1, ex=WAKE_LIFETIME)  # a Redis that cannot write is broken
                started = time.monotonic()
                redis.ping()
                well = time.monotonic() - started < QUICK
                while self._missed:
                    # Cleared before the wake-up is sent: one that is missed from now on sets it again.
                    work = self._missed.pop()
                    queue, job = WAKES[work]
                    try:
                        redis.set(_wake_key(work), 1, ex=WAKE_LIFETIME)
                        _enqueue(Queue(queue, connection=redis, serializer=JSONSerializer), job)
                    except (RedisError, OSError):
                        self._missed.add(work)
                        return False
                return well
        except (RedisError, OSError):
            return False


def answer_wake(redis: Redis, work: str, /) -> None:
    """Remove the wake-up before looking for work, so that work which arrives from now on wakes a worker again."""
    redis.delete(_wake_key(work))


def announce_caller(redis: Redis, /) -> None:
    """Say that a caller waits for scores, until the answer or for as long as most answers take."""
    redis.psetex(CALLER, CALLER_LIFETIME, 1)


def _enqueue(queue: Queue, job: str) -> None:
    with queue.connection.pipeline() as pipeline:
        _put(queue, (), job, pipeline)
        pipeline.execute()


def _put(queue: Queue, args: tuple[str, ...], job: str, pipeline: Pipeline) -> None:
    queue.enqueue_call(
        job,
        args=args,
        timeout=JOB_TIMEOUT,
        result_ttl=0,
        failure_ttl=86_400,
        description=queue.name,
        pipeline=pipeline,
    )


def lifetime_of(deadline_seconds: float, /) -> int:
    """Return for how many seconds Redis keeps a request with such a deadline."""
    return max(ANSWER_LIFETIME, math.ceil(deadline_seconds))


def request_key(request_id: str) -> str:
    return f"moderato:request:{request_id}"


def answer_key(request_id: str) -> str:
    return f"moderato:answer:{request_id}"


def _wake_key(work: str) -> str:
    return f"moderato:wake:{work}"
