"""The interactive worker's own code on the real queue, in a thread of the test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rq import Queue
from rq.serializers import JSONSerializer

from service.db import Database
from service.queues import INTERACTIVE, Queues
from service.settings import Settings
from workers import interactive
from workers.classifiers.base import Classifiers
from workers.runtime import Runtime


@contextmanager
def worker(settings: Settings, database: Database, queues: Queues, classifiers: Classifiers) -> Iterator[None]:
    """Answer what is asked within the block."""
    runtime = Runtime(settings, INTERACTIVE, database, queues, classifiers)
    queue = Queue(INTERACTIVE, connection=queues.redis, serializer=JSONSerializer)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            for job in queue.jobs:
                queue.remove(job)
                interactive.answer(runtime, queues.redis, job.args[0])
            time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
