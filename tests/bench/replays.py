"""How long a replay over a large past takes, and what it keeps in memory: listed, applied and undone as one.

`python -m tests.bench.replays [COUNT]` (50,000) on a SQLite file of its own; with `DATABASE_URL`, on that database,
which has to be empty.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select, text

from service import migrations
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Replay, ReplayAct, Site
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.trials import replay as replays
from service.moderation.trials.replay import Picked
from service.moderation.upkeep import invariants
from service.queues import INTERACTIVE, Queues
from tests.support import bulk
from tests.support.actors import LEA
from workers import replays as worker
from workers.runtime import Runtime

REJECTING = Rules.model_validate({"name": "Stricter", "thresholds": {"toxicity": {"hold_at": 0.05, "reject_at": 0.05}}})


def main() -> None:
    """Print the seconds of each part."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory(prefix="moderato-replays-") as folder:
        database = Database(os.environ.get("DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.db'}")
        migrations.upgrade(database)
        with database.write() as session:
            site = Site(slug="bench", name="Bench")
            session.add(site)
        bulk.fill(database, site.id, count, days=20)
        with database.write() as session:
            policies.activate(session, site.id, REJECTING, author="Lea")
        if not database.is_sqlite:
            with database.write() as session:
                session.execute(text("ANALYZE"))
        runtime = Runtime(Settings(data_dir=Path(folder)), INTERACTIVE, database, Queues("unix:///nowhere"))
        before = statuses(database)
        with database.write() as session:
            replay_id = replays.start(session, site.id, 28, by=LEA, default_days=90).id
        timed("list", lambda: worker.drain(runtime))
        with database.write() as session:
            picked = Picked(act=ReplayAct.APPLY)
            replays.apply(session, site.id, replay_id, picked, by=LEA, based_on=1)
        timed("apply", lambda: worker.drain(runtime))
        with database.write() as session:
            replays.undo(session, site.id, replay_id, by=LEA)
        timed("undo", lambda: worker.drain(runtime))
        with database.read() as session:
            row = session.get_one(Replay, replay_id)
            print(
                f"{row.looked:,} judged again, {row.listed:,} on the list, {row.moved:,} moved, {row.undone:,} undone"
            )
            print("as before" if statuses(database) == before else "NOT as before")
            broken = [one.promise for one in invariants.audit(session) if "callback" not in one.promise]
            print("broken promises:", broken or "none")
        database.dispose()


def timed(what: str, does: Callable[[], int]) -> None:
    started = time.monotonic()
    parts = does()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {time.monotonic() - started:.1f} s in {parts:,} parts, {peak:.0f} MiB at most", flush=True)


def statuses(database: Database) -> dict[str, int]:
    with database.read() as session:
        return dict(session.execute(select(Comment.status, func.count()).group_by(Comment.status)).all())


if __name__ == "__main__":
    main()
