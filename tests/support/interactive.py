"""The interactive worker's own code on the real queue, in a thread of the test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from service.db import Database
from service.models import WorkerBeat
from service.queues import INTERACTIVE, TRIAL, Queues
from service.settings import Settings
from workers import interactive, trials
from workers.classifiers.base import Classifiers
from workers.runtime import Runtime


@contextmanager
def worker(settings: Settings, database: Database, queues: Queues, classifiers: Classifiers) -> Iterator[None]:
    """Answer what is asked within the block."""
    runtime = Runtime(settings, INTERACTIVE, database, queues, classifiers)
    stop = threading.Event()
    with database.write() as session:
        session.add(WorkerBeat(role=INTERACTIVE, host="here", pid=1))

    def work() -> None:
        while not stop.is_set():
            for job in jobs_of(queues):
                if job.func_name == TRIAL:
                    trials.begin(runtime, job.args[0]).join()
                else:
                    interactive.answer(runtime, queues.redis, job.args[0])
            time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def jobs_of(queues: Queues) -> list[Job]:
    """Take what waits off the queue."""
    queue = Queue(INTERACTIVE, connection=queues.redis, serializer=JSONSerializer)
    jobs = queue.jobs
    for job in jobs:
        queue.remove(job)
    return jobs
