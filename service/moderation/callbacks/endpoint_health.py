"""The health of an endpoint: failures in a row pause it; a last attempt in vain, or a 410, disables it."""

from service.db import database_now
from service.models import Endpoint
from service.moderation.callbacks import endpoints
from service.moderation.callbacks.attempts import LONGEST_WAIT, SCHEDULE, Reply
from service.vocabulary import AttemptOutcome

BREAKER = 3  # failures in a row after which an endpoint is paused
LONGEST_PAUSE = 600.0


def note(endpoint: Endpoint, reply: Reply, /, *, last: bool) -> bool:
    """Count how an attempt ended; return whether an endpoint that had been failing answers again.

    `last`: no attempt follows for this delivery.
    """
    if reply.outcome is AttemptOutcome.DELIVERED:
        answers_again = endpoint.failures >= BREAKER
        endpoint.failures, endpoint.paused_until = 0, None
        return answers_again
    endpoint.failures += 1
    if reply.outcome is AttemptOutcome.GONE:
        endpoints.disable(endpoint, "The receiver answered 410 Gone: it wants no more callbacks.")
    elif last:
        why = reply.detail or (f"status {reply.status}" if reply.status else reply.outcome.value)
        endpoints.disable(endpoint, f"No callback was taken in {len(SCHEDULE)} attempts; the last one: {why}.")
    elif reply.retry_after is not None:
        endpoint.paused_until = database_now(min(reply.retry_after, LONGEST_WAIT))
    elif endpoint.failures >= BREAKER:
        endpoint.paused_until = database_now(min(5.0 * 2 ** min(endpoint.failures - BREAKER, 10), LONGEST_PAUSE))
    return False
