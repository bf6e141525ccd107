"""The made-up readers' comments, sent through the HTTP API as a publisher's program would send them.

Comments leave at the rate asked for, whether earlier ones were answered or not: a slow service shows as late answers,
not as fewer comments. A second run continues where the first one ended: the service itself says how far that was.
"""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import urllib3

from service.machine.made_up_readers import Remark, load_content, remarks
from service.percentiles import nearest_rank

SENDERS = 16  # requests under way at once
PATIENCE = 6  # tries of one request that was asked to come back later


@dataclass(frozen=True)
class Sent:
    """What became of one request: its status and how many seconds the answer took."""

    kind: str
    status: int
    seconds: float


class RequestRefused(Exception):
    """The service cannot be used like this; the message says what would help."""


def play(url: str, key: str, /, *, comments: int, rate: float, seed: int) -> list[Sent]:
    """Send articles, then the next `comments` of the seed at `rate` a second.

    Raise Refused where the service or the key is not usable.
    """
    pool = urllib3.PoolManager(
        maxsize=SENDERS,
        timeout=urllib3.Timeout(10),
        retries=False,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    for article in load_content()["articles"]:
        body = {name: article[name] for name in ("title", "key_points", "body")}
        answer = _call(pool, "PUT", f"{url}/v1/articles/{article['id']}", body)
        if answer is None or answer.status >= 400:
            raise RequestRefused(_why(url, answer))
    first = _already_sent(pool, url, seed)
    started = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        waiting = []
        for number, remark in enumerate(islice(remarks(seed=seed), first, first + comments)):
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
            waiting.append(senders.submit(_send, pool, url, remark))
        return [sent.result() for sent in waiting]


def _already_sent(pool: urllib3.PoolManager, url: str, seed: int) -> int:
    """Return how many comments of the seed the service has: by doubling a guess, then halving what is left."""
    series: list[Remark] = []
    endless = remarks(seed=seed)

    def is_known(number: int) -> bool:
        series.extend(islice(endless, max(0, number - len(series))))
        while series[number - 1].kind == "short":  # was refused, so it says nothing
            number -= 1
            if number == 0:
                return True
        answer = _call(pool, "GET", f"{url}/v1/comments/{series[number - 1].body['id']}")
        return answer is not None and answer.status == 200

    known, unknown = 0, 1
    while is_known(unknown):
        known, unknown = unknown, unknown * 2
    while unknown - known > 1:
        middle = (known + unknown) // 2
        known, unknown = (middle, unknown) if is_known(middle) else (known, middle)
    return known


def _send(pool: urllib3.PoolManager, url: str, remark: Remark) -> Sent:
    started = time.monotonic()
    answer = _call(pool, "POST", f"{url}/v1/comments", remark.body)
    return Sent(remark.kind, answer.status if answer is not None else 0, time.monotonic() - started)


def _call(pool: urllib3.PoolManager, method: str, url: str, body: object = None) -> urllib3.BaseHTTPResponse | None:
    answer = None
    for turn in range(PATIENCE):
        try:
            answer = pool.request(method, url, body=None if body is None else json.dumps(body).encode())
        except urllib3.exceptions.HTTPError:
            answer = None
        if answer is not None and answer.status not in (429, 503):
            return answer
        asked = answer.headers.get("Retry-After", "") if answer is not None else ""
        time.sleep(min(float(asked), 30.0) if asked.isdecimal() else 0.2 * 2**turn)
    return answer


def _why(url: str, answer: urllib3.BaseHTTPResponse | None) -> str:
    if answer is None:
        return f"{url} does not answer; start the service with `moderato up`, or pass its address with --url."
    if answer.status in (401, 403):
        return "The API key was refused; create one with `moderato keys create SITE` and pass it with --key."
    return f"{url} answered {answer.status} to an article; the service's log says why."


def summary(found: list[Sent], seconds: float, /) -> dict[str, Any]:
    """Return what was sent and how it was answered, in figures."""
    took = Counter(round(sent.seconds * 1000, 1) for sent in found)
    return {
        "sent": len(found),
        "seconds": round(seconds, 1),
        "per_second": round(len(found) / seconds, 2) if seconds else None,
        "by_kind": dict(Counter(sent.kind for sent in found).most_common()),
        "by_status": {str(status): number for status, number in sorted(Counter(s.status for s in found).items())},
        "milliseconds": {"p50": nearest_rank(took, 50), "p95": nearest_rank(took, 95), "worst": max(took)}
        if took
        else {},
    }
