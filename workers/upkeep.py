"""The loop that forgets nothing: re-wakes what waits, gives to a human what cannot be classified, clears what is old.

It looks at the database alone, with no upper bound on age, so that a lost job, a wiped Redis or a dead worker costs
seconds.
"""

import threading

import structlog
from sqlalchemy import delete

from service.db import database_now
from service.models import IdempotentAnswer, WorkerBeat
from service.moderation import audit_log, claims, deliveries, retention, schedule
from service.moderation.audit_log import SERVICE
from service.queues import CLASSIFICATION, DELIVERY
from workers.runtime import Runtime

log = structlog.get_logger()


def run(runtime: Runtime, stop: threading.Event, /) -> None:
    """Do a round every `upkeep_seconds` until told to stop; a failed round is logged and the next one tried."""
    while not stop.is_set():
        try:
            once(runtime)
        except Exception as error:
            log.error("upkeep_failed", error=type(error).__name__)
        stop.wait(runtime.settings.upkeep_seconds)


def once(runtime: Runtime, /) -> None:
    """Do one round."""
    with runtime.database.write() as session:
        given_up = claims.give_up(session, max_attempts=runtime.settings.max_attempts)
        undelivered = deliveries.give_up(session)
    with runtime.database.read() as session:
        waiting = claims.waiting(session)
        due = deliveries.due(session)
    if given_up or undelivered:
        log.warning("gave_up", comments=given_up, deliveries=undelivered)
    if waiting:
        woken = runtime.queues.wake(CLASSIFICATION)
        log.info("rewoken", waiting=waiting, woken=woken)
    if due:
        runtime.queues.wake(DELIVERY)
    with runtime.database.write() as session:
        activated = schedule.activate_due(session)
    if activated:
        log.info("policies_activated", count=activated)
    with runtime.database.write() as session:
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < database_now(-86_400)))
        session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < database_now(-600)))
        expired = retention.erase_expired(session, default_days=runtime.settings.retention_days)
        retention.prune(session)
        if expired:
            audit_log.record(session, "retention.erase", SERVICE, detail={"comments": expired})
    if expired:
        log.info("texts_expired", comments=expired)
