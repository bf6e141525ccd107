"""`moderato demo-traffic`: made-up readers through the HTTP API, so that the console can be tried as on a busy day.

The same seed writes the same comments by the same readers: most calm, some sharp, a few who offend again and again,
disguise their words, sell things or talk of something else; in nine languages, in threads. Comments leave at the rate
asked for, whether earlier ones were answered or not: a slow service shows as late answers, not as fewer comments.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import urllib3

CONTENT = Path(__file__).with_name("traffic_content.json")
READERS = 60
SENDERS = 16  # requests under way at once
PATIENCE = 6  # tries of one request that was asked to come back later
# What a reader of each temper writes, and how many readers have it.
TEMPERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "calm": (40, ("fine",) * 11 + ("other", "short")),
    "sharp": (8, ("fine", "fine", "rude")),
    "offender": (4, ("rude", "rude", "evasive", "evasive", "threat", "identity", "fine")),
    "seller": (3, ("advert",)),
    "rambler": (5, ("offtopic", "offtopic", "fine")),
}
DISGUISES = str.maketrans({"i": "1", "o": "0", "e": "3", "a": "@", "s": "$"})
LOOKALIKES = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х"})  # Cyrillic


@dataclass(frozen=True)
class Remark:
    """One comment to be sent: what kind it is, and its body for `POST /v1/comments`."""

    kind: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """What became of one request: its status and how many seconds the answer took."""

    kind: str
    status: int
    seconds: float


class RequestRefused(Exception):
    """The service cannot be used like this; the message says what would help."""


def remarks(count: int, /, *, seed: int, run: str) -> Iterator[Remark]:
    """Yield `count` comments; `run` goes into their ids, so that a second run is not a repeat of the first."""
    content = load_content()
    rng = random.Random(seed)  # noqa: S311  (a play, to be the same each time)
    readers = _readers(rng, content["names"])
    said: dict[str, list[str]] = {}
    for number in range(count):
        reader_id, name, temper = rng.choice(readers)
        # A day has its topic: the first article is talked about most.
        article = content["articles"][min(int(rng.expovariate(0.6)), len(content["articles"]) - 1)]
        kind = rng.choice(TEMPERS[temper][1])
        text, language = _text(rng, kind, article, content)
        thread = said.setdefault(article["id"], [])
        body: dict[str, Any] = {
            "id": f"{run}-{number + 1}",
            "article_id": article["id"],
            "author": {"id": reader_id, "name": name},
            "text": text,
        }
        if thread and rng.random() < 0.35:
            body["parent_id"] = rng.choice(thread[-20:])
        if language:
            body["language"] = language
        thread.append(body["id"])
        yield Remark(kind, body)


def load_content() -> dict[str, Any]:
    """Return the sentences and articles that remarks are made of; all of them are our own."""
    content: dict[str, Any] = json.loads(CONTENT.read_text())
    return content


def play(url: str, key: str, /, *, count: int, rate: float, seed: int, run: str) -> list[Sent]:
    """Send articles, then comments at `rate` a second; raise Refused where the service or the key is not usable."""
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
    started = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        waiting = []
        for number, remark in enumerate(remarks(count, seed=seed, run=run)):
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
            waiting.append(senders.submit(_send, pool, url, remark))
        return [sent.result() for sent in waiting]


def _send(pool: urllib3.PoolManager, url: str, remark: Remark) -> Sent:
    started = time.monotonic()
    answer = _call(pool, "POST", f"{url}/v1/comments", remark.body)
    return Sent(remark.kind, answer.status if answer is not None else 0, time.monotonic() - started)


def _call(pool: urllib3.PoolManager, method: str, url: str, body: object) -> urllib3.BaseHTTPResponse | None:
    answer = None
    for turn in range(PATIENCE):
        try:
            answer = pool.request(method, url, body=json.dumps(body).encode())
        except urllib3.exceptions.HTTPError:
            answer = None
        if answer is not None and answer.status not in (429, 503):
            return answer
        asked = answer.headers.get("Retry-After", "") if answer is not None else ""
        time.sleep(min(float(asked), 30.0) if asked.isdecimal() else 0.2 * 2**turn)
    return answer


def _readers(rng: random.Random, names: list[str]) -> list[tuple[str, str, str]]:
    tempers = [temper for temper, (number, _) in TEMPERS.items() for _ in range(number)]
    rng.shuffle(tempers)
    readers = []
    for number, temper in enumerate(tempers[:READERS]):
        name = names[number % len(names)] + ("" if number < len(names) else f" {chr(ord('A') + number // len(names))}.")
        # Who offends or sells writes more than others: that is what makes a repeat offender.
        readers += [(f"reader-{number + 1}", name, temper)] * (3 if temper in ("offender", "seller") else 2)
    return readers


def _text(rng: random.Random, kind: str, article: dict[str, Any], content: dict[str, Any]) -> tuple[str, str | None]:
    if kind == "other":
        language = rng.choice(sorted(content["other"]))
        said: dict[str, list[str]] = content["other"][language]
        return rng.choice(said["rude" if rng.random() < 0.2 else "fine"]), language if rng.random() < 0.5 else None
    if kind == "fine":
        return _joined(
            rng.choice(content["openings"]), *rng.sample(article["fine"], 2), rng.choice(content["closings"])
        ), None
    if kind == "evasive":
        sentence = rng.choice(content["rude"])
        return _joined(_disguised(rng, sentence), rng.choice(article["fine"])), None
    if kind in ("rude", "threat", "identity"):
        return _joined(rng.choice(content[kind]), rng.choice((*content["closings"], rng.choice(article["fine"])))), None
    return str(rng.choice(content[kind])), None


def _disguised(rng: random.Random, sentence: str) -> str:
    style = rng.randrange(4)
    if style == 0:
        return sentence.translate(DISGUISES)
    if style == 1:
        return sentence.translate(LOOKALIKES)
    words = sentence.split()
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    words[longest] = (" " if style == 2 else "\u200b").join(words[longest])
    return " ".join(words)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _why(url: str, answer: urllib3.BaseHTTPResponse | None) -> str:
    if answer is None:
        return f"{url} does not answer; start the service with `moderato up`, or name it with --url"
    if answer.status in (401, 403):
        return "the key was refused; make one with `moderato keys create SITE` and pass it with --key"
    return f"{url} answered {answer.status} to an article"


def summary(found: list[Sent], seconds: float, /) -> dict[str, Any]:
    """Return what was sent and how it was answered, in figures."""
    ordered = sorted(sent.seconds for sent in found)
    at = (lambda percent: round(ordered[(len(ordered) * percent + 99) // 100 - 1] * 1000, 1)) if ordered else None
    return {
        "sent": len(found),
        "seconds": round(seconds, 1),
        "per_second": round(len(found) / seconds, 2) if seconds else None,
        "by_kind": dict(Counter(sent.kind for sent in found).most_common()),
        "by_status": {str(status): number for status, number in sorted(Counter(s.status for s in found).items())},
        "milliseconds": {"p50": at(50), "p95": at(95), "worst": at(100)} if at else {},
    }


@click.command("demo-traffic")
@click.option("--comments", default=200, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@click.option("--rate", default=5.0, show_default=True, type=click.FloatRange(0.01, 5_000), help="How many a second.")
@click.option("--seed", default=1, show_default=True, help="Another seed writes other comments.")
@click.option("--url", default=None, help="The service; default: the one that runs on this machine.")
@click.option("--key", default=None, help="An API key of the site; default: that of `moderato up --demo`.")
@click.option("--run", default=None, help="Goes into the comments' ids; default: the time.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def demo_traffic(
    comments: int, rate: float, seed: int, url: str | None, key: str | None, run: str | None, as_json: bool
) -> None:
    """Play made-up readers through the HTTP API."""
    url, key = _found(url, key)
    started = time.monotonic()
    try:
        found = play(url, key, count=comments, rate=rate, seed=seed, run=run or f"traffic-{int(time.time())}")
    except RequestRefused as refused:
        click.echo(f"demo-traffic: {refused}", err=True)
        sys.exit(1)
    told = summary(found, time.monotonic() - started)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"{told['sent']} comments in {told['seconds']} s ({told['per_second']} a second)")
    click.echo("  " + ", ".join(f"{number} {kind}" for kind, number in told["by_kind"].items()))
    words = {"202": "accepted", "200": "known already", "422": "refused as too short or too long", "0": "unanswered"}
    click.echo(
        "  " + ", ".join(f"{number} {words.get(status, status)}" for status, number in told["by_status"].items())
    )
    click.echo(f"  answers: median {told['milliseconds']['p50']} ms, 95 of 100 within {told['milliseconds']['p95']} ms")


def _found(url: str | None, key: str | None) -> tuple[str, str]:
    from service.machine.demo import FILE
    from service.settings import load

    settings = load()
    path = settings.data_dir / FILE
    demo: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    key = key or demo.get("api_key")
    if key is None:
        raise click.UsageError("no key: pass one with --key, or start the service with `moderato up --demo`")
    return (url or demo.get("base_url") or f"http://{settings.host}:{settings.port}").rstrip("/"), key


if __name__ == "__main__":
    demo_traffic()
