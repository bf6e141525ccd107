"""What one web process keeps between requests to the API: keys, rates, counts that may be a second old.

Nothing here is the truth about anything; losing it all costs a few statements.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, cast

from cachetools import LRUCache
from flask import Flask, current_app
from sqlalchemy import func, literal, select

from service.accounts.keys import KeyCache
from service.api.announcements import Announcements
from service.api.limits import RateLimits
from service.api.recent_scores import RecentScores
from service.context import Context
from service.db import Database
from service.errors import Unavailable
from service.models import Comment
from service.vocabulary import CommentStatus

EXTENSION = "moderato.api"


@dataclass
class _Computed:
    value: Any = None
    until: float | None = None  # by the monotonic clock; None: never computed
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_fresh(self) -> bool:
        return self.until is not None and time.monotonic() < self.until


class Fresh:
    """Remembers what was computed for a second, or for ten times as long as it took; one thread computes at a time.

    Of `most` values the least recently used goes first. A value that is too old is served while one thread computes
    the next: a slow count must not queue requests. `cachetools.cached` would let them all wait.
    """

    def __init__(self, seconds: float = 1.0, *, most: int = 256) -> None:
        self._seconds = seconds
        self._kept: LRUCache[Hashable, _Computed] = LRUCache(most)
        self._guard = threading.Lock()

    def get(self, name: Hashable, compute: Callable[[], Any], /) -> Any:
        """Return what is remembered under `name`, computing it where that is too old."""
        with self._guard:
            kept = self._kept.setdefault(name, _Computed())
        if kept.is_fresh() or not kept.lock.acquire(blocking=kept.until is None):
            return kept.value
        try:
            if not kept.is_fresh():
                started = time.monotonic()
                kept.value = compute()
                ended = time.monotonic()
                kept.until = ended + max(self._seconds, 10 * (ended - started))
            return kept.value
        finally:
            kept.lock.release()


@dataclass(frozen=True)
class Keeper:
    """The parts that live as long as the process."""

    context: Context
    keyring: KeyCache
    limits: RateLimits
    announcements: Announcements
    polls: threading.BoundedSemaphore  # long polls held at once: each holds a thread, and some must stay free
    counts: Fresh = field(default_factory=Fresh)
    recent_scores: RecentScores = field(default_factory=RecentScores)

    def refuse_backlog(self) -> None:
        """Raise Unavailable when more comments wait than `MODERATO_BACKLOG_LIMIT`; the count may be a second old."""
        limit = self.context.settings.backlog_limit
        if self.counts.get("pending", lambda: _pending(self.context.database, limit)) >= limit:
            raise Unavailable(
                "More comments are waiting for a verdict than are taken in; send it again later.", retry_after=30
            )


def install(app: Flask, ours: Context) -> None:
    """Give the application its keeper."""
    app.extensions[EXTENSION] = Keeper(
        context=ours,
        keyring=KeyCache(ours.database),
        limits=RateLimits(ours.queues, per_minute=ours.settings.rate_limit_per_minute),
        announcements=Announcements(ours.queues),
        polls=threading.BoundedSemaphore(max(1, ours.settings.web_threads // 2)),
    )


def current() -> Keeper:
    """Return the keeper of the application that serves the current request."""
    return cast(Keeper, current_app.extensions[EXTENSION])


def _pending(database: Database, limit: int) -> int:
    # The status is written into the statement: SQLite uses a partial index only for a condition it can read.
    pending = literal(CommentStatus.PENDING, Comment.status.type, literal_execute=True)
    waiting = select(Comment.id).where(Comment.status == pending).limit(limit).subquery()
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(waiting)) or 0
