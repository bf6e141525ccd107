"""The loop that forgets nothing: re-wakes what waits, gives to a human what cannot be classified, clears what is old.

It looks at the database alone, with no upper bound on age, so that a lost job, a wiped Redis or a dead worker costs
seconds. It ages nothing while the database's clock cannot be believed: what is erased does not come back.
"""

import threading
import time
from collections.abc import Callable
from datetime import date, datetime

import structlog
from sqlalchemy import delete, select

from service.db import database_now
from service.models import IdempotentAnswer, WorkerBeat
from service.moderation import audit_log
from service.moderation.actors import SERVICE
from service.moderation.callbacks import deliveries
from service.moderation.decisions import claims
from service.moderation.erasure import retention
from service.moderation.insight.counts import counters
from service.moderation.policy import schedule
from service.moderation.review.queue import held_tally
from service.moderation.search import index as search_index
from service.moderation.trials import replay_list
from service.moderation.upkeep import clock_steps
from service.queues import CLASSIFICATION, DELIVERY, REPLAY
from workers.delivery import LEASE_SECONDS
from workers.runtime import Runtime

log = structlog.get_logger()

STEP = 3_600.0  # seconds that the database's clock may run ahead between two rounds
FOLDS = 20  # transactions of one round that add to the counts behind the figures, and to the index of words
DISTRUST = 86_400.0  # seconds in which nothing is erased by age after a longer one


def _elapsed() -> float:
    """Seconds on a clock that cannot be set and that runs on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ClockWatch:
    """Notices when the database's clock jumps ahead of the time that has passed."""

    def __init__(self, elapsed: Callable[[], float] = _elapsed) -> None:
        self._elapsed = elapsed
        self._last: tuple[datetime, float] | None = None
        self._distrust_until = float("-inf")

    def may_forget(self, now: datetime, /) -> bool:
        """Whether ages by the database's clock, which says `now`, may be acted upon."""
        elapsed = self._elapsed()
        if self._last is not None:
            ahead = (now - self._last[0]).total_seconds() - (elapsed - self._last[1])
            if ahead > STEP:
                log.error("clock_jumped_ahead", seconds=round(ahead))
                self._distrust_until = elapsed + DISTRUST
            elif ahead < -STEP:
                log.error("clock_set_back", seconds=round(-ahead))
        self._last = now, elapsed
        return elapsed >= self._distrust_until


class HeadLog:
    """Writes the audit log's head into the service's log once a day, and when the process starts.

    Who can write to the database can cut the newest entries off, with the head: a head noted elsewhere shows it.
    """

    def __init__(self) -> None:
        self._noted: date | None = None

    def note(self, runtime: Runtime) -> None:
        """Log the head unless it was logged today."""
        with runtime.database.read() as session:
            today = session.execute(select(database_now())).scalar_one().date()
            if today == self._noted:
                return
            head = audit_log.head(session)
        log.info("audit_head", head=head)
        self._noted = today


def run(runtime: Runtime, stop: threading.Event, /) -> None:
    """Do a round every `upkeep_seconds` until told to stop; a failed round is logged and the next one tried."""
    watch, heads = ClockWatch(), HeadLog()
    while not stop.is_set():
        try:
            once(runtime, watch)
            heads.note(runtime)
        except Exception as error:
            log.error("upkeep_failed", error=type(error).__name__)
        stop.wait(runtime.settings.upkeep_seconds)


def once(runtime: Runtime, watch: ClockWatch | None = None, /) -> None:
    """Do one round; `watch` has seen the rounds before."""
    settings = runtime.settings
    with runtime.database.write() as session:
        pulled = clock_steps.pull_back(
            session,
            max_attempts=settings.max_attempts,
            lease_seconds=settings.lease_seconds,
            delivery_lease_seconds=LEASE_SECONDS,
        )
        given_up = claims.give_up(session, max_attempts=settings.max_attempts)
        undelivered = deliveries.give_up(session)
    with runtime.database.read() as session:
        waiting = claims.waiting(session)
        # Also for what becomes due before the next round: the delivery worker waits for it.
        due = deliveries.due(session) or deliveries.seconds_to_next(session, within=settings.upkeep_seconds) is not None
        replays_wait = replay_list.waiting(session) is not None
    if pulled:
        log.warning("pulled_back", times=pulled)
    if given_up or undelivered:
        log.warning("gave_up", comments=given_up, deliveries=undelivered)
    if waiting:
        woken = runtime.queues.wake(CLASSIFICATION)
        log.info("rewoken", waiting=waiting, woken=woken)
    if due:
        runtime.queues.wake(DELIVERY)
    if replays_wait:  # nobody works on them: a worker was killed, or a wake-up was lost
        runtime.queues.wake(REPLAY)
    with runtime.database.write() as session:
        activated = schedule.activate_due(session)
        held_tally.fold(session)
    _fold_figures(runtime)
    _index(runtime)
    if activated:
        log.info("policies_activated", count=activated)
    _forget(runtime, watch or ClockWatch())


def _fold_figures(runtime: Runtime) -> None:
    """Add what changed to the counts behind the figures, a bounded part in each transaction."""
    for _ in range(FOLDS):
        with runtime.database.write() as session:
            if counters.fold(session) < counters.AT_ONCE:
                return


def _index(runtime: Runtime) -> None:
    """Read what changed into the index of words, a bounded part in each transaction."""
    for _ in range(FOLDS):
        with runtime.database.write() as session:
            if search_index.fold(session) < search_index.AT_ONCE:
                return


def _forget(runtime: Runtime, watch: ClockWatch) -> None:
    with runtime.database.write() as session:
        session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < database_now(-600)))
        if not watch.may_forget(session.execute(select(database_now())).scalar_one()):
            return
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < database_now(-86_400)))
        expired = retention.erase_expired(session, default_days=runtime.settings.retention_days)
        retention.prune(session)
        replay_list.prune(session)
        if expired:
            audit_log.record(session, "retention.erase", SERVICE, detail={"comments": expired})
    if expired:
        log.info("texts_expired", comments=expired)
    runtime.database.empty_log()  # after an erasure that a reader kept from it
