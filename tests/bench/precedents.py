"""What precedents cost a worker for each held comment beside 5,000 decided ones: `python -m tests.bench.precedents`.

Processor time of one thread on a SQLite file of its own, or on the empty database that `DATABASE_URL` names: of the
first search, which reads the site's vectors, and of each later one with what it stores.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import text, update

from service import migrations
from service.db import Database
from service.installation.settings import Settings
from service.models import Assessment, Comment, Decision, Site
from service.moderation.judgement.judgement import Judgement
from service.queues import CLASSIFICATION, Queues
from service.vocabulary import Source, Verdict
from tests.support import bulk
from workers.classifiers.base import Classification
from workers.precedents import finding
from workers.runtime import Runtime

DECIDED, HELD, DIMENSIONS = finding.MOST, 300, 384
ENCODER, SPREAD = "bench", 0.9  # the spread makes about one in ten of the decided comments like a held one


def main() -> None:
    """Print milliseconds of processor time."""
    with tempfile.TemporaryDirectory(prefix="moderato-precedents-") as folder:
        database = Database(os.environ.get("DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.db'}")
        migrations.upgrade(database)
        with database.write() as session:
            site = Site(slug="bench", name="Bench")
            session.add(site)
        bulk.fill(database, site.id, 3 * DECIDED)
        chance = np.random.default_rng(28)
        centre = chance.standard_normal(DIMENSIONS)
        held = _decide(database, chance, centre)
        runtime = Runtime(Settings(data_dir=Path(folder)), CLASSIFICATION, database, Queues("unix:///nowhere"))
        searches = [_search(runtime, database, comment_id, _vector(chance, centre)) for comment_id in held]
    later = sorted(searches[1:], key=lambda one: one[0] + one[1])
    print(f"{database.engine.dialect.name}: the first search {searches[0][0]:.0f} ms; of later ones,", end=" ")
    for name, (find, keep, amount) in (("the median", later[len(later) // 2]), ("a fast one", later[len(later) // 10])):
        print(f"{name} {find + keep:.2f} ms: {find:.2f} to find {amount}, {keep:.2f} to keep them;", end=" ")
    print()


def _vector(chance: np.random.Generator, centre: np.ndarray) -> bytes:
    return (centre + SPREAD * chance.standard_normal(DIMENSIONS)).astype("<f2").tobytes()


def _decide(database: Database, chance: np.random.Generator, centre: np.ndarray) -> list[str]:
    """Make moderators' decisions of the last ones with vectors; return the ids of comments that are held."""
    with database.write() as session:
        ids = session.scalars(text("SELECT id FROM comment WHERE status <> 'held' ORDER BY received_at DESC")).all()
        decided = list(ids[:DECIDED])
        vectors = [{"id": one, "vector": _vector(chance, centre)} for one in decided]
        session.execute(update(Comment), vectors)
        for start in range(0, DECIDED, 500):
            some = decided[start : start + 500]
            session.execute(update(Decision).where(Decision.comment_id.in_(some)).values(source=Source.MODERATOR))
            session.execute(update(Assessment).where(Assessment.comment_id.in_(some)).values(encoder=ENCODER))
        held = session.scalars(text("SELECT id FROM comment WHERE status = 'held' ORDER BY id LIMIT 300")).all()
    with database.write() as session:
        session.execute(text("ANALYZE"))
    return list(held)


def _search(runtime: Runtime, database: Database, comment_id: str, vector: bytes) -> tuple[float, float, int]:
    assessment = Classification(
        scores=(), language="en", language_detected=True, language_supported=True, vector=vector, encoder=ENCODER
    )
    with database.read() as session:
        comment = session.get_one(Comment, comment_id)
    began = time.process_time()
    near = finding.find(runtime, comment, assessment, Judgement(verdict=Verdict.HOLD, reasons=()))
    found = time.process_time()
    with database.write() as session:
        session.execute(text("SELECT 1"))
        begun = time.process_time()
        finding.keep(runtime, session, comment, near)
        kept = time.process_time()
    return (found - began) * 1_000, (kept - begun) * 1_000, len(near)


if __name__ == "__main__":
    main()
