"""`python -m workers ROLE`: one process, one role, one queue.

RQ's own command line would unpickle job metadata and watch several queues; both lose or leak
(docs/operators/reliability.md), so this is the only way workers are started. SIGTERM lets the comment in hand finish
and gives the rest of the claim back.
"""

import gc
import signal
import sys
import threading
import time
from contextlib import nullcontext
from datetime import timedelta
from types import FrameType
from typing import Any

import click
import structlog
from redis.client import Pipeline
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.utils import now

from service import log as logging
from service.installation import data_folder
from service.installation.settings import Settings, SettingsError, load
from service.queues import CLASSIFICATION, DELIVERY, INTERACTIVE, Queues, connect
from workers import alerts, precedence, substitute, upkeep
from workers import runtime as runtimes
from workers.precedents import finding, looking_again

log = structlog.get_logger()

FRESH = timedelta(seconds=10)  # RQ forgets a worker after two minutes without a sign of life
ROLES = (CLASSIFICATION, INTERACTIVE, DELIVERY, "upkeep")


class ModeratoWorker(SimpleWorker):
    """RQ's worker without fork: models stay in this process. A stop is asked for, never thrown into running code."""

    # SIGALRM, RQ's default, breaks into C code at any point; the lease is what bounds a claim here.
    death_penalty_class = TimerDeathPenalty

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stop_asked = threading.Event()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.stop_asked.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Skip what RQ says around each job in nine answers of Redis, as long as the last sign of life is fresh.

        A caller waits for them; our own signs of life are in the database (`workers.runtime`).
        """
        if pipeline is None and self.last_heartbeat and abs(now() - self.last_heartbeat) < FRESH:
            return
        super().heartbeat(timeout, pipeline)

    def run_maintenance_tasks(self) -> None:
        """Forget what was kept in memory for long enough, each minute, between jobs and while there are none.

        Then find precedents again for held comments, which takes longer only after people decided.
        """
        finding.forget_old(runtimes.current())
        looking_again.look(runtimes.current())
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]


@click.command()
@click.argument("role", type=click.Choice(ROLES))
@click.option("--burst", is_flag=True, help="Stop when nothing is left to do.")
def worker(role: str, burst: bool) -> None:
    """Run one worker of ROLE until it receives a signal to stop."""
    try:
        settings = load()
        data_folder.require(settings)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(78)
    logging.configure(settings)
    if role == "upkeep":
        sys.exit(_run_upkeep(settings, burst=burst))
    sys.exit(_run_worker(settings, role, burst=burst))


def _run_worker(settings: Settings, role: str, *, burst: bool) -> int:
    runtime = runtimes.start(settings, role, scores=role in (CLASSIFICATION, INTERACTIVE))
    connection = connect(settings.effective_redis_url, patient=True)
    rq_worker = ModeratoWorker(
        [Queue(role, connection=connection, serializer=JSONSerializer)],
        name=substitute.name_of_worker(role),
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=60,
        maintenance_interval=60,
        log_job_description=False,
    )
    runtime.stopping = rq_worker.stop_asked.is_set
    gc.freeze()  # to look through all that stays takes 150 ms, in which nothing is scored
    if role == CLASSIFICATION:
        precedence.step_back()
    runtime.beat()
    runtime.queues.wake(role) if role != INTERACTIVE else None  # what waited while no worker ran
    log.info("ready", role=role)
    substitutes = role == CLASSIFICATION and not burst
    try:
        with substitute.beside(runtime) if substitutes else nullcontext():
            work(rq_worker, runtime.queues, burst=burst)
    finally:
        runtime.close()
    # RQ leaves its loop quietly when Redis goes away; only a stop that was asked for is a success.
    return 0 if burst or rq_worker.stop_asked.is_set() else 1


def work(rq_worker: ModeratoWorker, queues: Queues, *, burst: bool) -> None:
    """Take jobs until a stop is asked for; with `burst` until the queue is empty and no wake-up is left to repeat."""
    while True:
        settled = queues.worth_trying()  # asked before too: one may be repeated just after the last look at the queue
        rq_worker.work(burst=burst, logging_level="WARNING")
        if not burst or rq_worker.stop_asked.is_set() or (settled and queues.worth_trying()):
            return
        time.sleep(0.1)


def _run_upkeep(settings: Settings, *, burst: bool) -> int:
    runtime = runtimes.start(settings, "upkeep", scores=False)
    if burst:
        upkeep.once(runtime)
        alerts.look(runtime)
        alerts.send(runtime)
        return 0
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _signum, _frame: stop.set())
    runtime.beat()
    log.info("ready", role="upkeep")
    # A thread, because a silent mail server must not delay upkeep; a daemon, because it must not delay the end either.
    threading.Thread(target=alerts.run, args=(runtime, stop), name="alerts", daemon=True).start()
    upkeep.run(runtime, stop)
    runtime.close()
    return 0


if __name__ == "__main__":
    worker()
