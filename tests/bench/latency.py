"""`python -m tests.bench.latency [--json]`: how long a Perspective client waits for its scores.

Requests arrive at random (Poisson), at half of what the service answers at most, and a late answer delays none of the
next: a client's wait is counted from the moment at which it wanted to send. Three scenes: nothing else to do, pending
comments that are being classified, and 200 clients with a long poll open.
"""

import json
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tests.bench.builds import Moderato
from tests.bench.comments import texts
from tests.support.client import Client, send_all

POLLS = 200
WAITING = 64  # requests under way at once, at most


@click.command()
@click.option("--requests", default=600, show_default=True, help="In each scene.")
@click.option("--pending", default=4_000, show_default=True, help="Comments to be classified meanwhile.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(requests: int, pending: int, as_json: bool) -> None:
    """Measure the waiting time of Perspective clients."""
    with tempfile.TemporaryDirectory() as folder:
        build = Moderato(Path(folder))
        try:
            build.start()
            found = _scenes(build, requests, pending)
        finally:
            build.stop()
    print(json.dumps(found, indent=2) if as_json else _table(found))


def _scenes(build: Moderato, requests: int, pending: int) -> dict[str, Any]:
    written = iter(texts(4 * requests + 400 + pending, seed=11))
    ask = _asking(build)
    for _ in range(20):
        ask(next(written))
    started = time.perf_counter()
    some = [next(written) for _ in range(300)]
    send_all(lambda number: ask(some[number]) and None, range(300), connections=4)
    most = 300 / (time.perf_counter() - started)
    found: dict[str, Any] = {"most_per_second": most, "per_second": most / 2}

    def measured() -> dict[str, float]:
        return _measure(ask, [next(written) for _ in range(requests)], most / 2)

    found["idle"] = measured()
    with _classifying(build, [next(written) for _ in range(pending)]):
        before = build.pending()
        found["pending comments"] = row = measured()
        row["classified_per_second"] = (before - build.pending()) / (requests / row["per_second"])
    with _polling(build):
        found[f"{POLLS} long polls"] = measured()
    return found


def _asking(build: Moderato) -> Any:
    client, key = Client(build.port), build.client.headers["Authorization"].removeprefix("Bearer ")

    def ask(text: str) -> int:
        body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, "doNotStore": True}
        status, _ = client.request("POST", f"/v1alpha1/comments:analyze?key={key}", body | {"languages": ["en"]})
        return status

    return ask


def _measure(ask: Any, written: list[str], rate: float) -> dict[str, float]:
    draw, waits, late = random.Random(5), [], 0
    begin = at = time.perf_counter()
    with ThreadPoolExecutor(WAITING) as pool:
        futures = []
        for text in written:
            at += draw.expovariate(rate)
            time.sleep(max(0.0, at - time.perf_counter()))
            futures.append(pool.submit(_timed, ask, text, at))
        for future in futures:
            status, wait = future.result()
            waits.append(wait * 1000)
            late += status != 200
    percentiles = statistics.quantiles(waits, n=100)
    return {
        "p50_ms": percentiles[49],
        "p95_ms": percentiles[94],
        "p99_ms": percentiles[98],
        "without_score": late / len(waits),
        "per_second": len(waits) / (time.perf_counter() - begin),
    }


def _timed(ask: Any, text: str, wanted: float) -> tuple[int, float]:
    status = ask(text)
    return status, time.perf_counter() - wanted


@contextmanager
def _classifying(build: Moderato, written: list[str]) -> Iterator[None]:
    send_all(lambda number: build.post(10_000 + number, written[number]), range(len(written)), connections=4)
    yield
    if build.pending() == 0:
        click.echo("The last comments were classified before the measurement ended; raise --pending.", err=True)


@contextmanager
def _polling(build: Moderato) -> Iterator[None]:
    """Keep a comment pending by stopping the idle workers, and 200 clients that ask for its verdict."""
    build.client.wait_until(lambda: build.pending() == 0, seconds=300, what="the last verdict")
    time.sleep(1)  # what the workers write last
    workers = [int(pid) for pid, kind in build._own().items() if kind == "classification"]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    build.post(99_999, "The old bridge was closed twice last winter, so I am glad that it will be rebuilt.")
    stop = threading.Event()
    threads = [threading.Thread(target=_poll, args=(build, stop), daemon=True) for _ in range(POLLS)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    try:
        yield
    finally:
        stop.set()
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        for thread in threads:
            thread.join(40)


def _poll(build: Moderato, stop: threading.Event) -> None:
    client = Client(build.port, build.client.headers["Authorization"].removeprefix("Bearer "))
    while not stop.is_set():
        client.request("GET", "/v1/comments/b-99999?wait=30")
        stop.wait(1)  # where all places are taken, a poll is answered at once
    client.close()


def _table(found: dict[str, Any]) -> str:
    lines = [
        f"Perspective requests, {found['per_second']:.0f} a second; {found['most_per_second']:.0f} is the most",
        f"{'':18}{'p50':>9}{'p95':>9}{'p99':>9}{'without score':>16}",
    ]
    for name, row in found.items():
        if isinstance(row, dict):
            times = "".join(f"{row[part]:>6.0f} ms" for part in ("p50_ms", "p95_ms", "p99_ms"))
            beside = (
                f"   {row['classified_per_second']:.1f} comments/s beside" if "classified_per_second" in row else ""
            )
            lines.append(f"{name:18}{times}{row['without_score']:>15.1%}{beside}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
