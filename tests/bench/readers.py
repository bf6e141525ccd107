"""`python -m tests.bench.readers [--json]`: how long 200 readers wait for the comments of one article.

Each reader has a network address and a connection of its own and asks again as soon as it has its answer (the most
that the service can do), then twice a second with the entity tag it has, as a page does that is left open. `/healthz`
is asked in the same way in the same run: the ratio says what a page of comments costs beside an answer of nothing.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import update

from service import migrations
from service.accounts import keys
from service.accounts.perspective import Terms
from service.db import Database
from service.machine import redis_server
from service.models import Comment, Site
from service.moderation.intake import intake
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Scope, Verdict
from tests.bench.builds import ROOT, free_port
from tests.bench.comments import texts
from tests.support.client import Client

READERS = 200
ARTICLE, ORIGIN = "bridge", "https://news.example"
Waits = list[float]


@click.command()
@click.option("--seconds", default=8.0, show_default=True, help="For each row.")
@click.option("--comments", default=500, show_default=True, help="Published comments of the article.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(seconds: float, comments: int, as_json: bool) -> None:
    """Measure the waiting time of readers who poll one article."""
    with tempfile.TemporaryDirectory() as folder, _service(Path(folder)) as (port, database):
        key = _published(database, comments)
        path = f"/v1/reader/comments?article={ARTICLE}&key={key}"
        found = {
            "/healthz, at once": measured(port, "/healthz", seconds),
            "comments, at once": measured(port, path, seconds),
            "comments, at once, unchanged": measured(port, path, seconds, tagged=True),
            "comments, twice a second, unchanged": measured(port, path, seconds, tagged=True, pause=0.5),
        }
    print(json.dumps(found, indent=2) if as_json else _table(found))


@contextmanager
def _service(folder: Path) -> Iterator[tuple[int, Database]]:
    """Run one web process with its Redis and an empty database: readers ask nothing of the workers."""
    port, url = free_port(), f"sqlite:///{folder / 'moderato.db'}"
    database = Database(url)
    migrations.upgrade(database)
    redis = redis_server.start(redis_server.find_server(), folder / "redis.sock", folder)
    environment = {
        "DATABASE_URL": url,
        "REDIS_URL": f"unix://{folder}/redis.sock",
        "MODERATO_DATA_DIR": str(folder / "data"),
        "MODERATO_RATE_LIMIT_PER_MINUTE": "10000000",
        "MODERATO_LOG_LEVEL": "warning",
        "PORT": str(port),
    }
    command = (sys.executable, "-m", "service.cli.main", "web")
    web = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ) | environment)
    client = Client(port)
    try:
        client.wait_until(lambda: client.request("GET", "/readyz")[0] == 200, seconds=60, what="readiness")
        yield port, database
    finally:
        client.close()
        for process in (web, redis):
            process.terminate()
            process.wait(15)
        database.dispose()


def _published(database: Database, count: int) -> str:
    """Publish so many comments of the article; return the key of a form."""
    with database.write() as session:
        site = Site(slug="bench", name="Bench")
        session.add(site)
        session.flush()
        for number, text in enumerate(texts(count, seed=3)):
            comment = Submission(id=f"p-{number}", text=text, article_id=ARTICLE, author_name="A reader")
            intake.accept(session, site.id, comment, Rules(), refuse_length=False)
        session.execute(update(Comment).values(status=CommentStatus.APPROVED, verdict=Verdict.APPROVE))
        return keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,), perspective=Terms(origins=(ORIGIN,)))


def measured(port: int, path: str, seconds: float, *, tagged: bool = False, pause: float = 0.0) -> dict[str, float]:
    """Return percentiles of the waits, and answers a second, of READERS who ask for `path` for so long."""
    begin, waits, failures = threading.Barrier(READERS + 1), [], []

    def read(number: int) -> None:
        address = f"127.0.{1 + number // 100}.{1 + number % 100}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(address, 0))
        mine, headers = [], {"Origin": ORIGIN}
        try:
            _ask(connection, path, headers, tagged)
            begin.wait()
            until = time.perf_counter() + seconds
            time.sleep(pause * number / READERS)
            while (started := time.perf_counter()) < until:
                status = _ask(connection, path, headers, tagged)
                mine.append(time.perf_counter() - started)
                if status not in (200, 304):
                    failures.append(status)
                time.sleep(max(0.0, pause - mine[-1]) if pause else 0)
        finally:
            connection.close()
            waits.append(mine)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    begin.wait()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    of_all = [1000 * wait for mine in waits for wait in mine]
    cuts = statistics.quantiles(of_all, n=100)
    return {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98], "per_second": len(of_all) / seconds}


def _ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str], tagged: bool) -> int:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if tagged and (tag := answer.headers["ETag"]):
        headers["If-None-Match"] = tag
    return answer.status


def _table(found: dict[str, Any]) -> str:
    alone = found["/healthz, at once"]["per_second"]
    lines = [
        f"{READERS} readers of one article",
        f"{'':38}{'p50':>9}{'p95':>9}{'p99':>9}{'a second':>11}{'of /healthz':>13}",
    ]
    for name, row in found.items():
        times = "".join(f"{row[part]:>6.0f} ms" for part in ("p50_ms", "p95_ms", "p99_ms"))
        ratio = "" if "twice" in name else f"{row['per_second'] / alone:>12.2f}"
        lines.append(f"{name:38}{times}{row['per_second']:>11.0f}{ratio}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
