"""The composition root of a worker process: settings, log, database, queues and, where it scores, classifiers.

Everything is loaded once, before the worker says that it is ready, and nothing forks afterwards.
"""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from cachetools import LRUCache

from service.capacity.fair_time import FairTime, Pace
from service.db import Database, database_now, new_id
from service.installation.settings import Settings
from service.installation.storage import open_database
from service.models import WorkerBeat
from service.queues import Queues
from workers.classifiers.base import Classifiers

log = structlog.get_logger()

BEAT_SECONDS = 5.0


@dataclass
class Runtime:
    """What the jobs of this process work with."""

    settings: Settings
    role: str
    database: Database
    queues: Queues
    classifiers: Classifiers | None = None
    # Article indexes that this process made, by article, revision and version of the index; the 256 last used.
    indexes: LRUCache[tuple[str, int, str], bytes] = field(default_factory=lambda: LRUCache(256))
    precedents: Any = None  # the decided comments of some sites, see `workers.precedents.finding`
    precedents_looked_at: datetime | None = None  # the decisions before were compared with held comments
    sending: Any = None  # the callbacks that are being sent, see `workers.delivery`
    turns: FairTime = field(default_factory=FairTime)  # of those who ask for scores at once
    pace: Pace = field(default_factory=Pace)  # of their long texts
    # Held for one comment or one request: the classifiers, their caches and budgets work for one thread at a time.
    scoring_lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: Callable[[], bool] = lambda: False
    _stop_beat: threading.Event = field(default_factory=threading.Event)

    @property
    def scoring(self) -> Classifiers:
        """The classifiers; only roles that score have them."""
        assert self.classifiers is not None, f"the role {self.role} does not score"
        return self.classifiers

    def beat(self) -> None:
        """Begin to write signs of life, from a thread of its own: a long batch must not look like a death."""
        beat = WorkerBeat(
            id=new_id(),
            role=self.role,
            host=socket.gethostname(),
            pid=os.getpid(),
            versions=dict(self.classifiers.versions) if self.classifiers else {},
        )
        with self.database.write() as session:
            session.add(beat)
        threading.Thread(target=self._keep_beating, args=(beat.id,), name="beat", daemon=True).start()

    def close(self) -> None:
        """Stop the signs of life and close connections."""
        self._stop_beat.set()
        self.database.dispose()

    def _keep_beating(self, beat_id: str) -> None:
        while not self._stop_beat.wait(BEAT_SECONDS):
            try:
                with self.database.write() as session:
                    beat = session.get(WorkerBeat, beat_id)
                    if beat is not None:
                        beat.seen_at = database_now()
            except Exception as error:
                # A database that is away shows up as a missing sign of life; the thread must outlive it.
                log.warning("beat_failed", error=type(error).__name__)


_current: Runtime | None = None


def start(settings: Settings, role: str, *, scores: bool) -> Runtime:
    """Make this process's runtime; load, check and warm the classifiers if the role scores."""
    global _current
    database = open_database(settings, pool_size=2)
    queues = Queues(settings.effective_redis_url)
    _current = Runtime(settings, role, database, queues, load_classifiers(settings) if scores else None)
    return _current


def current() -> Runtime:
    """Return this process's runtime; RQ calls jobs without arguments of ours."""
    assert _current is not None, "workers.runtime.start was not called in this process"
    return _current


def load_classifiers(settings: Settings) -> Classifiers:
    """Load what `MODERATO_TOXICITY_MODEL` names; imported late, so that upkeep and delivery need no model packages."""
    from workers.classifiers import facade

    return facade.load(
        toxicity_model=settings.toxicity_model,
        threads=settings.threads_per_worker,
        cache_dir=settings.effective_cache_dir,
    )
