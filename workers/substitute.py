"""A classification worker answers requests for scores while no interactive worker is connected to Redis.

An interactive worker that was killed or restarts needs seconds to load its models; a classification worker has loaded
the same. Redis knows at once who is connected: RQ subscribes each worker to a channel with its name, and the
subscription ends with the process. The heartbeat in the database counts for half a minute longer.

A busy interactive worker keeps its requests, because taking them would slow comments down. One that is frozen, or whose
machine vanished, still counts as connected.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis import RedisError, ResponseError
from rq import Queue
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.job import Job
from rq.serializers import JSONSerializer

from service.db import new_id
from service.queues import INTERACTIVE, JOBS, LINE, Queues
from workers.runtime import Runtime

log = structlog.get_logger()

CHANNELS = PUBSUB_CHANNEL_TEMPLATE % f"{INTERACTIVE}-*"  # of workers named by `name_of_worker`
LOOK_SECONDS = 0.1  # between two looks at the line; one takes 0.3 ms of a processor
LAST_SECONDS = 5.0  # that the process waits at its end for the request in hand
MOST_HINTS = 200  # removed at a time
HOUR = 3_600


def name_of_worker(role: str, /) -> str:
    """Return a new name for a worker of RQ, from which others see its role."""
    return f"{role}-{new_id()}"


@contextmanager
def beside(runtime: Runtime, /) -> Iterator[None]:
    """Look at the line from a thread while the block runs; at its end wait for the request in hand."""
    stop = threading.Event()

    def keep_looking() -> None:
        while not stop.wait(LOOK_SECONDS):
            look(runtime)

    thread = threading.Thread(target=keep_looking, name="substitute", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_SECONDS)


def look(runtime: Runtime, /) -> int:
    """Answer requests until none waits or an interactive worker is there; return how many. An error is only logged."""
    from workers import interactive  # late, because delivery and upkeep need no numpy

    queues, answered = runtime.queues, 0
    try:
        while not runtime.stopping() and _is_needed(queues):
            # The lock first: until this worker is free, the request stays in the line for others to take.
            with runtime.scoring_lock:
                interactive.answer_next(runtime, queues.steady)
            answered += 1
        if answered:
            _forget_hints(queues)
            log.info("substituted", requests=answered)
    except (RedisError, OSError) as error:
        queues.fall_silent(error)
    except Exception as error:  # not its message: it may hold a text
        log.error("substitution_failed", error=type(error).__name__)
    return answered


def _is_needed(queues: Queues) -> bool:
    return queues.worth_trying() and bool(queues.redis.exists(LINE)) and not _is_anybody_there(queues)


def _is_anybody_there(queues: Queues) -> bool:
    """Whether an interactive worker is connected; True as well where Redis refuses to say."""
    try:
        return bool(queues.redis.pubsub_channels(CHANNELS))
    except ResponseError as error:
        if queues.is_first("substitution refused", seconds=HOUR):
            log.warning("substitution_refused", error=type(error).__name__)
        return True


def _forget_hints(queues: Queues) -> None:
    """Remove the jobs of requests that were answered: they would pile up without an interactive worker."""
    queue = Queue(INTERACTIVE, connection=queues.steady, serializer=JSONSerializer)
    ids = queue.get_job_ids(0, MOST_HINTS)
    # In this order: a request that comes after the ids were read brings another job.
    if not ids or queues.steady.exists(LINE) or _is_anybody_there(queues):
        return
    with queues.steady.pipeline() as pipeline:
        for job in Job.fetch_many(ids, queues.steady, JSONSerializer):
            if job is not None and job.func_name == JOBS[INTERACTIVE]:  # and neither a trial nor a replay
                queue.remove(job, pipeline)
                pipeline.delete(job.key)
        pipeline.execute()
