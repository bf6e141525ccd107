"""The line of those who wait for scores at once: one request is taken out when it is its caller's turn.

RQ's queue is in the order of arrival, in which the long texts of one site would go before a short one of another. Its
jobs are therefore hints here as everywhere: there is one for each request in the line, and each takes whichever is due.
"""

import json
from dataclasses import dataclass
from typing import Any

from redis import Redis

from service.queues import LINE, lifetime_of, request_key
from workers.runtime import Runtime


@dataclass(frozen=True)
class Taken:
    """A request that only this worker answers."""

    request_id: str
    sealed: str
    caller: str = ""
    weight: float = 1.0
    seconds: float | None = None  # left to answer it; None: not known


def take(runtime: Runtime, redis: Redis, woken_by: str | None, /) -> Taken | None:
    """Take the request whose turn it is out of the line; None if nobody waits. `woken_by`: the id in a job."""
    while True:
        entries: list[bytes] = redis.lrange(LINE, 0, -1)  # type: ignore[assignment]
        waiting = [(entry, *json.loads(entry)) for entry in entries]
        if woken_by is not None and all(request_id != woken_by for _, request_id, *_ in waiting):
            sealed = redis.getdel(request_key(woken_by))
            if sealed is not None:  # a web process of the version before does not put requests into the line
                return Taken(woken_by, as_text(sealed))
        if not waiting:
            return None
        first = runtime.turns.first_of([caller for _, _, caller, *_ in waiting])
        entry, request_id, caller, weight, deadline = waiting[first]
        if not redis.lrem(LINE, 1, entry):
            continue  # another worker has it
        with redis.pipeline() as pipeline:
            pipeline.pttl(request_key(request_id))
            pipeline.getdel(request_key(request_id))
            milliseconds, sealed = pipeline.execute()
        if sealed is not None:  # else its caller has gone
            waited = lifetime_of(deadline) - milliseconds / 1000
            return Taken(request_id, as_text(sealed), caller, weight, deadline - waited)


def as_text(sealed: Any, /) -> str:
    """Return what Redis has given, which is bytes unless the client decodes."""
    return sealed.decode() if isinstance(sealed, bytes) else str(sealed)
