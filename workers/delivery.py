"""Delivers callbacks from the outbox: claims deliveries that are due, sends them through the one door, settles each.

Each attempt is made and recorded on a thread. A slow endpoint holds at most two of the threads and a site its share of
them; the others go on.
"""

import json
import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import structlog

from service import crash
from service.clock import utc_now
from service.db import Database
from service.models import Delivery
from service.moderation.callbacks import deliveries, endpoints, payloads
from service.moderation.callbacks.attempts import Reply
from service.moderation.callbacks.deliveries import Claimed
from service.outside.addresses import Allowances
from service.outside.sealing import Unopenable
from service.outside.signatures import sign
from service.queues import DELIVERY
from service.version import VERSION
from service.vocabulary import AttemptOutcome
from workers import outbound
from workers.runtime import Runtime

log = structlog.get_logger()

TURN_SECONDS = 40.0  # one job's share; the rest is left to the next, well before RQ's job timeout
LOOK_SECONDS = 0.25  # between two looks for what is due, while attempts are under way
LONGEST_STAY = 60.0  # seconds that a worker waits for a callback that is not due yet
LEASE_SECONDS = 30.0  # three times what one attempt may take
LOST_KEY = (
    "No key that the delivery worker has (MODERATO_ENCRYPTION_KEYS) opens the secret; no callback leaves unsigned."
)


@dataclass(frozen=True)
class Signable:
    """A claimed delivery with what is to be sent and the secrets to sign it with."""

    claimed: Claimed
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Sending:
    """The threads of this process that send, and the attempts under way on them."""

    pool: ThreadPoolExecutor
    under_way: dict[Future[None], Claimed] = field(default_factory=dict)


def drain(runtime: Runtime, /) -> int:
    """Deliver whatever is due, for `TURN_SECONDS` at most; return how many attempts ended.

    Attempts under way at the end of the turn go on while the next job begins: a silent receiver would hold up all
    others for as long as it is waited for.
    """
    settings, until, attempts = runtime.settings, time.monotonic() + TURN_SECONDS, 0
    sending = _sending_of(runtime)
    while True:
        turn_is_over = time.monotonic() >= until
        if turn_is_over and not runtime.stopping() and runtime.queues.wake(DELIVERY):
            return attempts
        if not turn_is_over and not runtime.stopping():
            for owed in _claim(runtime, sending.under_way.values()):
                future = sending.pool.submit(attempt, runtime.database, owed, settings.callback_allowances)
                sending.under_way[future] = owed.claimed
        if not sending.under_way:
            return attempts
        # The timeout lets a fresh delivery to a quick endpoint start while slow ones are under way.
        done, _ = wait(sending.under_way, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            del sending.under_way[future]
            future.result()
        attempts += len(done)


def wait_for_next(runtime: Runtime, /) -> None:
    """Stay until the next callback is due, where that is soon, and wake a worker for it; leave for other work.

    What is due later, upkeep wakes a worker for in time.
    """
    with runtime.database.read() as session:
        seconds = deliveries.seconds_to_next(session, within=min(2 * runtime.settings.upkeep_seconds, LONGEST_STAY))
    if seconds is None:
        return
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if runtime.stopping() or runtime.queues.is_woken(DELIVERY):
            return
        time.sleep(min(left, LOOK_SECONDS))
    runtime.queues.wake(DELIVERY)


def attempt(database: Database, owed: Signable, allowed: Allowances, /) -> None:
    """Make one attempt and record it, also where the turn that began it is over."""
    settle(database, owed.claimed, send(owed, allowed))


def send(owed: Signable, allowed: Allowances, /) -> Reply:
    """Make one attempt; the id is that of the delivery and the same each time, the time and signature are new."""
    delivery, endpoint = owed.claimed.delivery, owed.claimed.endpoint
    headers = {
        "content-type": "application/json",
        "user-agent": f"Moderato/{VERSION} (+callbacks)",
        **sign(owed.secrets, webhook_id(delivery), utc_now(), owed.body),
    }
    crash.point("before_send")
    try:
        reply = outbound.post(delivery.url or endpoint.url, owed.body, headers, allowed=allowed)
    except Exception as error:  # a fault of ours must not leave the delivery without an outcome
        log.error("attempt_failed", delivery_id=delivery.id, error=type(error).__name__)
        return Reply(outcome=AttemptOutcome.UNREACHABLE, detail=type(error).__name__)
    crash.point("after_send")
    return reply


def settle(database: Database, claimed: Claimed, reply: Reply, /) -> None:
    """Record the attempt; if the claim was lost, the worker that holds it now records its own."""
    with database.write() as session:
        settled = deliveries.settle(session, claimed, reply)
        crash.point("before_settle")
    log.info(
        "delivery_attempted" if settled else "delivery_claim_lost",
        delivery_id=claimed.delivery.id,
        endpoint_id=claimed.endpoint.id,
        attempt=claimed.delivery.attempts,
        outcome=reply.outcome.value,
        status=reply.status,
        milliseconds=reply.milliseconds,
    )


def webhook_id(delivery: Delivery, /) -> str:
    """Return the id under which a receiver knows `delivery`, whichever attempt it sees."""
    return f"msg_{delivery.id}"


def _sending_of(runtime: Runtime) -> Sending:
    sending: Sending | None = runtime.sending
    if sending is None:
        threads = ThreadPoolExecutor(runtime.settings.delivery_threads, thread_name_prefix="delivery")
        sending = runtime.sending = Sending(threads)
    return sending


def _claim(runtime: Runtime, under_way: Collection[Claimed]) -> list[Signable]:
    limit = runtime.settings.delivery_threads
    if len(under_way) >= limit:
        return []
    owed = []
    with runtime.database.write() as session:
        for claimed in deliveries.claim(session, limit=limit, lease_seconds=LEASE_SECONDS, under_way=under_way):
            try:
                secrets = endpoints.secrets_of(session, claimed.endpoint, runtime.settings.keyring)
            except Unopenable:
                deliveries.hold(session, claimed, LOST_KEY)
                log.error("delivery_held", delivery_id=claimed.delivery.id, endpoint_id=claimed.endpoint.id)
                continue
            claimed.endpoint.held_reason = ""
            told = payloads.payload(session, claimed.delivery)
            body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
            owed.append(Signable(claimed, body, tuple(secrets)))
    crash.point("after_delivery_claim")
    return owed
