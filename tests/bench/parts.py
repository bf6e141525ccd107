"""What each part of one comment costs, measured alone in one process: where the next bottleneck is."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import event, insert
from tokenizers import Tokenizer

from service import migrations, queues
from service.accounts import keys
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Site
from service.moderation.decisions import claims
from service.moderation.intake import intake
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from tests.bench.comments import ARTICLE, texts
from workers import classification, runtime
from workers.classifiers.base import ArticleText, Subject
from workers.classifiers.model_files import SHIPPED

CROWD = 20_000
TOKENIZER = SHIPPED / "compact" / "tokenizer.json"


def nothing() -> None:
    """The job that does nothing."""


def measure(folder: Path, redis_url: str, *, count: int = 200) -> dict[str, float]:
    """Return milliseconds per comment for each part (medians over `count` comments), and counts where named so."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(data_dir=folder, redis_url=redis_url, rate_limit_per_minute=10_000_000, log_level="error")
    database = Database(settings.effective_database_url)
    migrations.upgrade(database)
    with database.write() as session:
        site = Site(slug="parts", name="Parts")
        session.add(site)
        session.flush()
        site_id, key = site.id, keys.create(session, site.id, "parts")
    written = texts(count, seed=11)
    return {
        "http_and_store": _http(settings, database, key, written),
        "database_store": _store(database, site_id, written),
        "rq_per_job": _rq(redis_url, count),
        **_classifiers(settings, written),
        **_flow(settings, database),
        f"claim_of_16_among_{CROWD}": _claim(database, site_id),
    }


def _http(settings: Settings, database: Database, key: str, written: list[str]) -> float:
    client = create_app(settings, database=database).test_client()
    headers = {"Authorization": f"Bearer {key}"}

    def post(number: int) -> None:
        answer = client.post("/v1/comments", json={"id": f"h-{number}", "text": written[number]}, headers=headers)
        assert answer.status_code == 202, answer.text

    return _median(post, len(written))


def _store(database: Database, site_id: str, written: list[str]) -> float:
    def store(number: int) -> None:
        with database.write() as session:
            rules = policies.active(session, site_id).rules
            intake.accept(session, site_id, Submission(id=f"s-{number}", text=written[number]), rules)

    return _median(store, len(written))


def _rq(redis_url: str, count: int) -> float:
    connection: Redis = queues.connect(redis_url, patient=True)
    queue = Queue("bench", connection=connection, serializer=JSONSerializer)
    for _ in range(count):
        queue.enqueue(nothing, result_ttl=0)
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
    started = time.perf_counter()
    worker.work(burst=True, logging_level="ERROR")
    return (time.perf_counter() - started) / count * 1000


def _classifiers(settings: Settings, written: list[str]) -> dict[str, float]:
    classifiers = runtime.load_classifiers(settings)
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    index = classifiers.index_article(
        ArticleText(title=ARTICLE["title"], key_points=tuple(ARTICLE["key_points"]), body=ARTICLE["body"])
    )
    lengths = [len(tokenizer.encode(text).ids) for text in written]
    return {
        "tokens_median": float(np.median(lengths)),
        "tokenizer": _median(lambda number: tokenizer.encode(written[number]), len(written)),
        "both_questions": _mean(
            lambda number: classifiers.assess(Subject(text=written[number], site_language="en", article_index=index)),
            len(written),
        ),
    }


def _flow(settings: Settings, database: Database) -> dict[str, float]:
    started_runtime = runtime.start(settings, "classification", scores=True)
    with database.read() as session:
        waiting = session.query(Comment).filter(Comment.status == "pending").count()
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(started_runtime.database.engine, "before_cursor_execute", count)
    started = time.perf_counter()
    taken = classification.drain(started_runtime)
    milliseconds = (time.perf_counter() - started) * 1000 / max(1, taken)
    started_runtime.close()
    assert taken == waiting, f"{taken} of {waiting} comments were classified"
    return {"claim_to_record": milliseconds, "claim_to_record_statements": statements / max(1, taken)}


def _claim(database: Database, site_id: str) -> float:
    with database.write() as session:
        row = {"site_id": site_id, "text": "waits"}
        session.execute(insert(Comment), [row | {"external_id": f"w-{number}"} for number in range(CROWD)])

    def claim(_number: int) -> None:
        with database.write() as session:
            claimed = claims.claim(session, limit=16, lease_seconds=60, max_attempts=5)
        assert claimed is not None

    return _median(claim, 50)


def _median(call: Callable[[int], Any], count: int) -> float:
    return statistics.median(_times(call, count))


def _mean(call: Callable[[int], Any], count: int) -> float:
    return statistics.fmean(_times(call, count))


def _times(call: Callable[[int], Any], count: int) -> list[float]:
    taken = []
    for number in range(count):
        started = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - started) * 1000)
    return taken
