"""One attempt at a delivery: when the next one is due, and how it ended."""

import random
from dataclasses import dataclass

from service.vocabulary import AttemptOutcome

# Seconds before the first, second, ... attempt, as Standard Webhooks advises: 75.6 hours in all.
SCHEDULE = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2  # random part of the pause, so that callbacks that failed together are not retried together
LONGEST_WAIT = 86_400  # longest Retry-After that is honoured, seconds


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How an attempt ended; `retry_after` in seconds where the receiver asked for a pause."""

    outcome: AttemptOutcome
    status: int | None = None
    detail: str = ""
    retry_after: float | None = None
    milliseconds: int = 0


def pause(attempts: int, retry_after: float | None, /) -> float:
    """Return the seconds to wait after so many attempts, at least as many as the receiver asked for."""
    planned = SCHEDULE[min(attempts, len(SCHEDULE) - 1)] * (1 + JITTER * random.random())  # noqa: S311  (no secret)
    return max(planned, min(retry_after or 0.0, LONGEST_WAIT))
