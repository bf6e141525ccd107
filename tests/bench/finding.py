"""`make bench-finding`: how long moderators wait for a search among many comments, and what its index costs.

For both databases: the 95th percentile of a page of all comments by a rare and by a frequent word, words that meet
nowhere, an author, an id and filters, and how long the index takes to read the comments, and its bytes for each.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from service import migrations
from service.db import Database
from service.models import Site
from service.moderation.search import by_id, listing
from service.moderation.search.comment_filter import CommentFilter
from service.percentiles import nearest_rank
from service.vocabulary import CommentStatus, Reason
from tests.bench.scale import database_of, seconds_of, uncount
from tests.support import bulk
from tests.support.crowd import settle
from tests.support.searching import read_all

TIMES = 40
# Some forty words, as in a comment of usual length, of a vocabulary of 50,000.
MARKS = (("common", 100), ("seldom", 1_000), ("only", 10**9))
PRIMES = (7919, 104729, 1299709)
TEXTS = " || ".join(
    [
        bulk.TEXT,
        "CASE WHEN n % 2 = 0 THEN ' halfa' ELSE ' halfb' END",
        *(f"' {word}' || (n % {amount}) || 'x'" for word, amount in MARKS),
        *(f"' w' || (CAST(n AS BIGINT) * {PRIMES[i % 3]} % {50_000 // (1 + i)})" for i in range(18)),
    ]
)
SIZE = {
    "sqlite": "SELECT (SELECT page_count - (SELECT freelist_count FROM pragma_freelist_count) FROM pragma_page_count)"
    " * (SELECT page_size FROM pragma_page_size)",
    "postgresql": "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c"
    " WHERE c.relkind = 'r' AND c.relname LIKE 'search%'",
}


@click.command()
@click.option("--comments", default=100_000, show_default=True)
@click.option("--days", default=30.0, show_default=True, help="Days over which they came in.")
@click.option("--only", type=click.Choice(["sqlite", "postgresql"]), help="One database alone.")
def measure(comments: int, days: float, only: str | None) -> None:
    """Print how long searches take."""
    with tempfile.TemporaryDirectory(prefix="moderato-finding-") as name:
        for kind in ("sqlite", "postgresql"):
            if only in (None, kind):
                with database_of(kind, Path(name) / "finding.db") as database:
                    _measure(kind, database, comments, days)


def _measure(kind: str, database: Database, comments: int, days: float) -> None:
    with database.write() as session:
        site = Site(slug="finding", name="Finding")
        session.add(site)
        session.flush()
        site_id = site.id
    uncount(database)
    bulk.fill(database, site_id, comments, days=days, texts=TEXTS, names="'Reader Of' || (n % 5000)")
    migrated = seconds_of(lambda: migrations.upgrade(database))
    before = _size(database)
    took = seconds_of(lambda: read_all(database))
    each = (_size(database) - before) / comments if database.is_sqlite else _size(database) / comments
    print(f"{kind}: {comments:,} comments, migrated in {migrated:.0f} s, read in {took:.0f} s,", end=" ")
    print(f"{each:.0f} bytes a comment", flush=True)
    settle(database)
    chance = random.Random(5)

    def page(**chosen: object) -> Callable[[Session], object]:
        return lambda session: listing.page(session, site_id, CommentFilter(**chosen))  # type: ignore[arg-type]

    def jump(given: str) -> Callable[[Session], object]:
        return lambda session: by_id.find(session, site_id, given)

    def number() -> int:
        return chance.randrange(1, comments)

    searches: dict[str, Callable[[], Callable[[Session], object]]] = {
        "everything": lambda: page(),
        "a word of nearly all": lambda: page(text="bridge"),
        "a word of one in a hundred": lambda: page(text=f"common{chance.randrange(100)}x"),
        "a word of one in a thousand": lambda: page(text=f"seldom{chance.randrange(1_000)}x"),
        "a word of one comment": lambda: page(text=f"only{number()}x"),
        "a beginning of many words": lambda: page(text="sel com brid"),
        "frequent words that meet nowhere": lambda: page(text="halfa halfb"),
        "a word of nobody": lambda: page(text="unheard"),
        "an author's name": lambda: page(text=f"reader of{number() % 5_000}"),
        "an article's title": lambda: page(text=f"article {number() % bulk.ARTICLES}"),
        "an author by id": lambda: page(author=f"author-{number() % bulk.AUTHORS}"),
        "a reason and a word": lambda: page(reason=Reason.TOXIC, text=f"common{chance.randrange(100)}x"),
        "a reason that no comment has": lambda: page(reason=Reason.FLOOD),
        "rejected, by the busy author": lambda: page(author=bulk.HOT_AUTHOR, status=CommentStatus.REJECTED),
        "an id of the CMS": lambda: jump(f"c-{number()}"),
    }
    for name, search in searches.items():
        used = time.process_time()
        took_each = [_seconds(database, search()) * 1000 for _ in range(TIMES)]
        each = (time.process_time() - used) / TIMES * 1000  # which other programs do not lengthen
        median, late = (nearest_rank(Counter(took_each), percent) or 0.0 for percent in (50, 95))
        print(f"  {name:34} median {median:7.1f} ms, p95 {late:7.1f} ms, our processor {each:6.1f} ms", flush=True)


def _seconds(database: Database, search: Callable[[Session], object]) -> float:
    with database.read() as session:
        return seconds_of(partial(search, session))


def _size(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text(SIZE[database.engine.dialect.name])).scalar_one())


if __name__ == "__main__":
    measure()
