"""`python -m tests.bench.wakeups`: the cost of telling a worker about a comment, a job each or coalesced wake-ups.

Scores are scripted, so that only the flow is measured: enqueue, RQ, claim, judge, record. Ground of docs/adr/0002.
"""

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from service import migrations, queues
from service.db import Database
from service.installation.settings import Settings
from service.machine import redis_server
from service.models import Site
from service.moderation.decisions import claims
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.queues import CLASSIFICATION, Queues
from tests.bench.comments import ARTICLE, texts
from tests.support.classifiers import ScriptedClassifiers
from workers import classification, runtime
from workers.runtime import Runtime

COUNT = 400
RULES = Rules(flood_limit=None, repeats="ignore")


def one_job_each() -> None:
    """The job of the other way: it claims one comment, whichever waits longest."""
    current = runtime.current()
    with current.database.write() as session:
        claim = claims.claim(session, limit=1, lease_seconds=60, max_attempts=5)
    assert claim is not None
    classification.classify_all(current, claim)


def measure() -> dict[str, float]:
    """Return milliseconds per comment from intake to verdict, for both ways."""
    with tempfile.TemporaryDirectory(prefix="moderato-wakeups-") as name:
        folder = Path(name)
        server = redis_server.start(redis_server.find_server(), folder / "redis.sock", folder / "redis")
        try:
            url = f"unix://{folder / 'redis.sock'}"
            return {
                "a job per comment": _run(folder / "each", url, _enqueue_each),
                "coalesced wake-ups": _run(folder / "coalesced", url, _wake),
            }
        finally:
            server.kill()
            server.wait()


def _run(folder: Path, url: str, tell: Callable[[Queues], None]) -> float:
    settings = Settings(data_dir=folder, redis_url=url)
    database = Database(settings.effective_database_url)
    migrations.upgrade(database)
    told = Queues(url)
    with database.write() as session:
        site = Site(slug="bench", name="Bench")
        session.add(site)
        session.flush()
        article = ArticleSubmission(id="a", title=str(ARTICLE["title"]))
        for number, text in enumerate(texts(COUNT)):
            intake.accept(session, site.id, Submission(id=str(number), text=text, article=article), RULES)
    runtime._current = Runtime(settings, CLASSIFICATION, database, told, ScriptedClassifiers())
    connection = queues.connect(url, patient=True)
    worker = SimpleWorker(
        [Queue(CLASSIFICATION, connection=connection, serializer=JSONSerializer)],
        connection=connection,
        serializer=JSONSerializer,
    )
    started = time.perf_counter()
    for _ in range(COUNT):
        tell(told)
    worker.work(burst=True, logging_level="ERROR")
    return (time.perf_counter() - started) / COUNT * 1000


def _wake(told: Queues) -> None:
    told.wake()


def _enqueue_each(told: Queues) -> None:
    Queue(CLASSIFICATION, connection=told.redis, serializer=JSONSerializer).enqueue(
        "tests.bench.wakeups.one_job_each", result_ttl=0
    )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for way, milliseconds in measure().items():
        print(f"{way:24}{milliseconds:8.2f} ms per comment")
