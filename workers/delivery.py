"""Delivers callbacks from the outbox: claims deliveries that are due, sends them through the one door, settles each.

Sending happens on threads, everything with the database on the caller's. A slow endpoint holds at most two of the
threads; the others go on.
"""

import json
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import structlog

from service import crash
from service.clock import utc_now
from service.db import Database
from service.models import Delivery
from service.moderation.callbacks import deliveries, endpoints, outbox
from service.moderation.callbacks.deliveries import Claimed, Reply
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


def drain(runtime: Runtime, /) -> int:
    """Deliver whatever is due, for `TURN_SECONDS` at most; return how many attempts were made."""
    settings, until, attempts = runtime.settings, time.monotonic() + TURN_SECONDS, 0
    allowed = settings.callback_allowances
    under_way: dict[Future[Reply], Claimed] = {}
    with ThreadPoolExecutor(settings.delivery_threads, thread_name_prefix="delivery") as pool:
        while True:
            if not runtime.stopping() and time.monotonic() < until:
                for owed in _claim(runtime, settings.delivery_threads - len(under_way)):
                    under_way[pool.submit(send, owed, allowed)] = owed.claimed
            if not under_way:
                break
            # The timeout lets a fresh delivery to a quick endpoint start while slow ones are under way.
            done, _ = wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                settle(runtime.database, under_way.pop(future), future.result())
            attempts += len(done)
    if time.monotonic() >= until:
        runtime.queues.wake(DELIVERY)
    return attempts


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


def _claim(runtime: Runtime, limit: int) -> list[Signable]:
    if limit <= 0:
        return []
    owed = []
    with runtime.database.write() as session:
        for claimed in deliveries.claim(session, limit=limit, lease_seconds=LEASE_SECONDS):
            try:
                secrets = endpoints.secrets_of(session, claimed.endpoint, runtime.settings.keyring)
            except Unopenable:
                deliveries.hold(session, claimed, LOST_KEY)
                log.error("delivery_held", delivery_id=claimed.delivery.id, endpoint_id=claimed.endpoint.id)
                continue
            claimed.endpoint.held_reason = ""
            told = outbox.payload(session, claimed.delivery)
            body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
            owed.append(Signable(claimed, body, tuple(secrets)))
    crash.point("after_delivery_claim")
    return owed
