"""`python -m tests.bench.importing`: how fast a file of comments comes in, and in how much memory.

The file has the shape of our own format: decided comments of 5,000 authors under 400 articles, a tenth of them
undecided. Each import is the command itself in a process of its own, on a new database, while live comments come in.
"""

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

import click
from sqlalchemy import select

from service import migrations
from service.db import Database
from service.models import Site
from tests.support import postgres
from tests.support.comments import submit

# As unevenly frequent as the words of any language (Zipf's law), so that nothing is cached that would not be.
WORDS = [f"word{n:x}" for n in range(50_000)]
WEIGHTS = list(accumulate(1 / (n + 1) for n in range(len(WORDS))))
MEASURED = (
    "import sys; from service.cli.main import main\n"
    "try:\n    main(sys.argv[1:], standalone_mode=False)\n"
    "finally:\n    print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"  # peak memory
)


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Comments in the file.")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One database alone.")
def measure(rows: int, only: str | None) -> None:
    """Print rate and peak memory of an import, on SQLite and on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="moderato-import-") as name:
        file = Path(name) / "comments.jsonl"
        with file.open("w") as out:
            out.writelines(_lines(rows))
        print(f"{rows:,} rows, {file.stat().st_size / 1e6:.0f} MB", flush=True)
        for kind in ("sqlite", "postgresql"):
            if only in (None, kind):
                with _database(kind, Path(name)) as url:
                    _import(kind, url, file, rows, Path(name))


def _lines(rows: int) -> Iterator[str]:
    chosen = random.Random(0)
    for n in range(rows):
        words = chosen.choices(WORDS, cum_weights=WEIGHTS, k=chosen.randint(8, 60))
        comment = {
            "id": f"c-{n}", "text": f"{' '.join(words)} {n}.",
            "status": "" if n % 10 == 0 else "rejected" if n % 10 == 3 else "approved",
            "author": {"id": f"reader-{chosen.randrange(5_000)}", "name": "A reader"},
            "article": {"id": f"a-{chosen.randrange(400)}", "title": "An article"},
            "created_at": 1_600_000_000 + n * 60, **({"parent_id": f"c-{n - 1}"} if n % 3 == 1 else {}),
        }  # fmt: skip
        yield json.dumps(comment) + "\n"


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    cluster = postgres.Cluster(postgres.find_binaries()) if kind == "postgresql" else None  # type: ignore[arg-type]
    url = cluster.create("imported") if cluster else f"sqlite:///{folder / 'imported.db'}"
    database = Database(url)
    try:
        migrations.upgrade(database)
        with database.write() as session:
            session.add(Site(slug="gazette", name="The Gazette"))
        database.dispose()
        yield url
    finally:
        if cluster:
            cluster.stop()


def _import(kind: str, url: str, file: Path, rows: int, folder: Path) -> None:
    environ = {"DATABASE_URL": url, "MODERATO_DATA_DIR": str(folder / "var"), "PATH": "/usr/bin:/bin"}
    started, before = time.perf_counter(), _processor_seconds()
    command = [sys.executable, "-c", MEASURED, "import", str(file)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    live = list(_live(url, process))
    told, _ = process.communicate()
    assert process.returncode == 0, told
    seconds, used = time.perf_counter() - started, _processor_seconds() - before
    peak = int(told.split()[-1]) / 1024
    print(
        f"{kind}: {seconds:.0f} s, {rows / seconds:,.0f} rows a second;"
        f" {used:.0f} s of processor, {peak:.0f} MB at most; {len(live)} live comments stored meanwhile,"
        f" 95th percentile {statistics.quantiles(live, n=20)[-1]:.0f} ms",
        flush=True,
    )


def _live(url: str, process: subprocess.Popen[str]) -> Iterator[float]:
    """Store a comment of the same site twenty times a second; yield how many milliseconds each took."""
    database = Database(url)
    with database.read() as session:
        site_id = session.scalars(select(Site.id)).one()
    number = 0
    while process.poll() is None:
        number, started = number + 1, time.perf_counter()
        submit(database, site_id, f"live-{number}", author_id="live")
        yield (time.perf_counter() - started) * 1000
        time.sleep(0.05)
    database.dispose()


def _processor_seconds() -> float:
    """Return what the processes that have ended used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    measure()
