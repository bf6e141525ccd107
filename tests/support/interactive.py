"""The interactive worker's own code on the real queue, in a thread of the test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import update

from service.clock import utc_now
from service.db import Database
from service.installation.settings import Settings
from service.models import WorkerBeat
from service.queues import INTERACTIVE, REPLAY, TRIAL, WAKES, Queues, answer_wake, connect
from workers import interactive, replays, trials
from workers.classifiers.base import Classifiers
from workers.runtime import Runtime

SECONDS_BETWEEN_BEATS = 5.0


@contextmanager
def worker(settings: Settings, database: Database, queues: Queues, classifiers: Classifiers) -> Iterator[None]:
    """Answer what is asked within the block."""
    runtime = Runtime(settings, INTERACTIVE, database, queues, classifiers)
    stop, redis = threading.Event(), connect(queues.url, patient=True)  # as a worker has it
    with database.write() as session:
        session.add(WorkerBeat(role=INTERACTIVE, host="here", pid=1))

    def work() -> None:
        seen = time.monotonic()
        while not stop.is_set():
            if time.monotonic() > seen + SECONDS_BETWEEN_BEATS:
                seen = time.monotonic()
                with database.write() as session:
                    session.execute(update(WorkerBeat).values(seen_at=utc_now()))
            for job in jobs_of(redis):
                if job.func_name == TRIAL:
                    trials.begin(runtime, job.args[0]).join()
                elif job.func_name == WAKES[REPLAY][1]:
                    answer_wake(redis, REPLAY)
                    replays.begin(runtime).join()
                else:
                    interactive.answer_next(runtime, redis, job.args[0])
            time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        redis.close()


def jobs_of(redis: Redis) -> list[Job]:
    """Take what waits off the queue."""
    queue = Queue(INTERACTIVE, connection=redis, serializer=JSONSerializer)
    jobs = queue.jobs
    for job in jobs:
        queue.remove(job)
    return jobs
