"""`python -m tests.bench.disk`: how much disk a million comments take, on SQLite and on PostgreSQL.

Comments come in as a site sends them and are classified with scripted scores, as many numbers as the shipped model
gives, one in ten held. Each has its decision and one delivery. What an empty database takes is subtracted; the rest is
scaled to a million.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import click
import structlog
from sqlalchemy import text

from service import migrations
from service.db import Database
from service.installation.settings import Settings
from service.machine import redis_server
from service.models import Endpoint, Site
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.queues import CLASSIFICATION, Queues
from service.vocabulary import TOXICITY_ATTRIBUTES
from tests.bench.comments import ARTICLE, texts
from tests.support import postgres
from tests.support.classifiers import ScriptedClassifiers
from tests.support.searching import read_all
from workers import classification
from workers.classifiers.base import AttributeScore, Classification, Subject
from workers.runtime import Runtime

RULES = Rules(flood_limit=None, repeats="ignore")
ARTICLES = 100
VECTOR = b"\x00\x3c" * 384  # as long as the shipped encoder's, in float16


class _Scores(ScriptedClassifiers):
    """One comment in ten above what is held, with every score that the shipped model gives."""

    def assess(self, subject: Subject, /) -> Classification:
        number = int(subject.text.split()[1].rstrip(":"))
        value = 0.5 if number % 10 == 0 else 0.02
        scores = tuple(
            AttributeScore(attribute=attribute, value=value, classifier="scripted", version="1.0.0")
            for attribute in TOXICITY_ATTRIBUTES
        )
        near = super().assess(subject)
        return Classification(
            scores=scores + near.scores[1:],
            language="en",
            language_detected=True,
            language_supported=True,
            characters_read=len(subject.text),
            vector=VECTOR,
            relevance=near.relevance,
        )


@click.command()
@click.option("--comments", default=20_000, show_default=True, help="Comments to store.")
def measure(comments: int) -> None:
    """Print the bytes of a comment and the gigabytes of a million, for both databases."""
    with tempfile.TemporaryDirectory(prefix="moderato-disk-") as name:
        folder = Path(name)
        server = redis_server.start(redis_server.find_server(), folder / "redis.sock", folder / "redis")
        try:
            for kind, url in _databases(folder):
                with url as address:
                    used = _fill(address, f"unix://{folder / 'redis.sock'}", comments)
                each = used / comments
                print(f"{kind:12}{each:8.0f} bytes a comment{each / 1000:8.1f} GB a million", flush=True)
        finally:
            server.kill()
            server.wait()


def _databases(folder: Path) -> Iterator[tuple[str, AbstractContextManager[str]]]:
    yield "SQLite", _sqlite(folder)
    binaries = postgres.find_binaries()
    if binaries is None:
        print("PostgreSQL  is not installed")
    else:
        yield "PostgreSQL", _postgres(binaries)


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'moderato.db'}"


@contextmanager
def _postgres(binaries: Path) -> Iterator[str]:
    cluster = postgres.Cluster(binaries)
    try:
        yield cluster.create("disk")
    finally:
        cluster.stop()


def _fill(url: str, redis_url: str, comments: int) -> int:
    """Store and classify; return by how many bytes the database grew."""
    settings, database, queues = Settings(redis_url=redis_url, log_level="error"), Database(url), Queues(redis_url)
    migrations.upgrade(database)
    before = _size(database)
    with database.write() as session:
        site = Site(slug="disk", name="Disk")
        session.add(site)
        session.flush()
        site_id = site.id
        policies.activate(session, site_id, RULES, author="bench")
        session.add(Endpoint(site_id=site_id, url="https://cms.example/hooks", events=[]))
    written = texts(comments, seed=5)
    for start in range(0, comments, 500):
        with database.write() as session:
            for number in range(start, min(start + 500, comments)):
                intake.accept(session, site_id, _submission(number, written[number]), RULES)
    runtime = Runtime(settings, CLASSIFICATION, database, queues, _Scores())
    done = 0
    while done < comments:
        done += classification.drain(runtime)
    read_all(database)
    used = _size(database) - before
    database.dispose()
    return used


def _submission(number: int, words: str) -> Submission:
    article = f"article-{number % ARTICLES}"
    return Submission(
        id=f"comment-{number}",
        text=words,
        article=ArticleSubmission(id=article, title=str(ARTICLE["title"])) if number < ARTICLES else None,
        article_id=article,
        author_id=f"reader-{number % 997}",
        author_name="A reader with a name",
    )


def _size(database: Database) -> int:
    statement = "SELECT pg_database_size(current_database())"
    if database.engine.dialect.name == "sqlite":
        statement = "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
    with database.engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    measure()
