"""Carries out what the outbox owes: claims deliveries that are due, sends them through the one door, settles each.

Sending happens on threads, everything with the database on the caller's. A slow endpoint holds at most two of the
threads; the others go on.
"""

import json
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog

from service import addresses, crash
from service.addresses import Allowances
from service.clock import utc_now
from service.db import Database
from service.models import Delivery
from service.moderation import deliveries, outbox
from service.moderation.deliveries import Claimed, Reply
from service.queues import DELIVERY
from service.signatures import sign
from service.vocabulary import Outcome
from workers import outbound
from workers.runtime import Runtime

log = structlog.get_logger()

TURN_SECONDS = 40.0  # one job's share; the rest is left to the next, well before RQ's job timeout
LEASE_SECONDS = 30.0  # three times what one attempt may take


def drain(runtime: Runtime, /) -> int:
    """Deliver whatever is due, for `TURN_SECONDS` at most; return how many attempts were made."""
    settings, until, attempts = runtime.settings, time.monotonic() + TURN_SECONDS, 0
    allowed = addresses.allowances(networks=settings.callback_allow_private, http=settings.callback_allow_http)
    under_way: dict[Future[Reply], Claimed] = {}
    with ThreadPoolExecutor(settings.delivery_threads, thread_name_prefix="delivery") as pool:
        while True:
            if not runtime.stopping() and time.monotonic() < until:
                for claimed, body in _claim(runtime.database, settings.delivery_threads - len(under_way)):
                    under_way[pool.submit(send, claimed, body, allowed)] = claimed
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


def send(claimed: Claimed, body: bytes, allowed: Allowances, /) -> Reply:
    """Make one attempt; the id is that of the delivery and the same each time, the time and signature are new."""
    delivery, endpoint = claimed.delivery, claimed.endpoint
    headers = {
        "content-type": "application/json",
        "user-agent": "Moderato/1 (+callbacks)",
        **sign(endpoint.secrets, webhook_id(delivery), utc_now(), body),
    }
    crash.point("before_send")
    try:
        reply = outbound.post(delivery.url or endpoint.url, body, headers, allowed=allowed)
    except Exception as error:  # a fault of ours must not leave the delivery without an outcome
        log.error("attempt_failed", delivery_id=delivery.id, error=type(error).__name__)
        return Reply(outcome=Outcome.UNREACHABLE, detail=type(error).__name__)
    crash.point("after_send")
    return reply


def settle(database: Database, claimed: Claimed, reply: Reply, /) -> None:
    """Record the attempt; one whose claim was lost meanwhile is left to whoever has it now."""
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


def _claim(database: Database, limit: int) -> list[tuple[Claimed, bytes]]:
    if limit <= 0:
        return []
    with database.write() as session:
        taken = deliveries.claim(session, limit=limit, lease_seconds=LEASE_SECONDS)
        bodies = [
            json.dumps(outbox.payload(session, claimed.delivery), ensure_ascii=False, separators=(",", ":")).encode()
            for claimed in taken
        ]
    crash.point("after_delivery_claim")
    return list(zip(taken, bodies, strict=True))
