"""`make bench-scale`: what a comment and the figures cost beside a thousand stored comments, and beside many more.

For both databases: milliseconds from a POST to the verdict in the record, by the shipped models in one process, and of
the figures over several periods, counted anew (the median of three). The database makes the stored rows itself
(tests/support/bulk.py).
"""

import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
import structlog
from alembic.script import ScriptDirectory
from flask.testing import FlaskClient
from sqlalchemy import bindparam, text

from service import migrations
from service.accounts import keys
from service.app import create_app
from service.clock import rfc3339, utc_now
from service.console.insight import dashboard
from service.db import Database, UtcDateTime
from service.installation.settings import Settings
from service.machine import redis_server
from service.models import Site
from service.moderation.insight import figures
from service.moderation.insight.counts import periods
from service.queues import CLASSIFICATION, Queues
from tests.bench.comments import texts
from tests.support import bulk, postgres
from tests.support.crowd import settle
from tests.support.downgrade import downgrade
from workers import classification, runtime
from workers.classifiers.base import Classifiers
from workers.runtime import Runtime

FEW, WARM, TIMES = 1_000, 10, 60
PERIODS = (1, 7, 30, 365)  # days
# By name: the columns of later migrations are not there yet.
SITE = text("INSERT INTO site (id, slug, name, created_at) VALUES (:id, 'scale', 'Scale', :now)").bindparams(
    bindparam("now", type_=UtcDateTime)
)


@click.command()
@click.option("--comments", default=1_000_000, show_default=True, help="Stored comments to compare with a thousand.")
@click.option("--days", default=30.0, show_default=True, help="Days over which they came in.")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One database alone.")
def measure(comments: int, days: float, only: str | None) -> None:
    """Print what a comment and the figures cost beside few and beside many stored comments."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="moderato-scale-") as name:
        folder = Path(name)
        server = redis_server.start(redis_server.find_server(), folder / "redis.sock", folder / "redis")
        settings = Settings(
            data_dir=folder,
            redis_url=f"unix://{folder / 'redis.sock'}",
            rate_limit_per_minute=10_000_000,
            log_level="error",
        )
        classifiers = runtime.load_classifiers(settings)
        try:
            for kind in ("sqlite", "postgresql"):
                if only in (None, kind):
                    few, many = (_beside(kind, folder, settings, classifiers, n, days) for n in (FEW, comments))
                    print(f"{kind}: a comment costs {many / few:.2f} times as much beside {comments:,}", flush=True)
        finally:
            server.kill()
            server.wait()


def _beside(kind: str, folder: Path, settings: Settings, classifiers: Classifiers, count: int, days: float) -> float:
    """Return the median milliseconds from a POST to the verdict beside `count` stored comments, and print the rest."""
    with database_of(kind, folder / f"{count}.db") as database:
        with database.write() as session:
            site = Site(slug="scale", name="Scale")
            session.add(site)
            session.flush()
            site_id, key = site.id, keys.create(session, site.id, "scale")
        uncount(database)
        filled = seconds_of(lambda: bulk.fill(database, site_id, count, days=days))
        migrated = seconds_of(lambda: migrations.upgrade(database))
        settled = seconds_of(lambda: settle(database))
        took = f"stored in {filled:.0f} s, counted by the migration in {migrated:.0f} s, settled in {settled:.0f} s"
        print(f"{kind}: {count:,} comments {took}", flush=True)
        client = create_app(settings, database=database).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        ours = Runtime(settings, CLASSIFICATION, database, Queues(str(settings.redis_url)), classifiers)
        written = texts(WARM + TIMES, seed=count)
        took = [seconds_of(lambda n=n: _one(client, ours, n, written[n])) * 1000 for n in range(WARM + TIMES)][WARM:]
        print(
            f"  POST to verdict        median {statistics.median(took):7.1f} ms, worst {max(took):7.1f} ms", flush=True
        )
        for days_back in PERIODS:
            _figures(client, database, site_id, days_back)
        return statistics.median(took)


def _one(client: FlaskClient, ours: Runtime, number: int, words: str) -> None:
    body = {
        "id": f"new-{number}",
        "text": words,
        "article_id": bulk.HOT_ARTICLE if number % 2 else f"a-{number}",
        "author": {"id": bulk.HOT_AUTHOR if number % 3 else f"author-{number}"},
    }
    answer = client.post("/v1/comments", json=body)
    assert answer.status_code == 202, answer.text
    assert classification.drain(ours) == 1


def _figures(client: FlaskClient, database: Database, site_id: str, days: int) -> None:
    since = rfc3339(utc_now() - timedelta(days=days))
    stats = _median(lambda: client.get("/v1/stats", query_string={"since": since}).get_data())
    period = periods.of_days(days, now=utc_now())
    with database.read() as session:
        api = _median(lambda: figures.of_period(session, site_id, period))
        board = _median(lambda: dashboard.count(session, site_id, period))
    shown = f"/v1/stats {stats * 1000:6.0f} ms, /v1/stats/period {api * 1000:6.0f} ms, dashboard {board * 1000:6.0f} ms"
    print(f"  figures over {days:3} days  {shown}", flush=True)


@contextmanager
def database_of(kind: str, file: Path) -> Iterator[Database]:
    """Yield a migrated database: SQLite in `file`, or on a PostgreSQL of its own."""
    if kind == "sqlite":
        yield from _migrated(f"sqlite:///{file}")
        return
    binaries = postgres.find_binaries()
    assert binaries is not None, "PostgreSQL is not installed"
    cluster = postgres.Cluster(binaries)
    try:
        yield from _migrated(cluster.create("scale"))
    finally:
        cluster.stop()


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    migrations.upgrade(database)
    yield database
    database.dispose()


def uncount(database: Database) -> None:
    """Go back to before the database counted: the migration then counts all that is stored, quicker than row by row."""
    counting = ScriptDirectory.from_config(migrations._config()).get_revision("figures")
    assert counting is not None
    downgrade(database, str(counting.down_revision))


def _median(work: Callable[[], object]) -> float:
    """Return the median of three: after so many new rows the database's own upkeep takes a core now and then."""
    return statistics.median(seconds_of(work) for _ in range(3))


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    measure()
