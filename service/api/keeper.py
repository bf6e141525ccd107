"""What one web process keeps between requests to the API: keys, rates, counts that may be a second old.

Nothing here is the truth about anything; losing it all costs a few statements.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import func, literal, select

from service.accounts.keys import KeyCache
from service.api.announcements import Announcements
from service.api.limits import RateLimits
from service.context import Context
from service.db import Database
from service.errors import Unavailable
from service.models import Comment
from service.vocabulary import CommentStatus

EXTENSION = "moderato.api"


class Fresh:
    """Remembers what was computed for a second, or for ten times as long as it took; one thread computes at a time."""

    def __init__(self, seconds: float = 1.0, *, most: int = 256) -> None:
        self._seconds, self._most = seconds, most
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, name: Hashable, compute: Callable[[], Any], /) -> Any:
        """Return what is remembered under `name`, computing it where that is too old."""
        kept = self._kept.get(name)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        with self._guard:
            if len(self._locks) > self._most:
                self._kept.clear()
                self._locks.clear()
            lock = self._locks.setdefault(name, threading.Lock())
        # Whoever finds somebody computing takes the old value, if there is one: a slow count must not queue requests.
        if not lock.acquire(blocking=kept is None):
            assert kept is not None
            return kept[1]
        try:
            again = self._kept.get(name)
            if again is not None and time.monotonic() < again[0]:
                return again[1]
            started = time.monotonic()
            value = compute()
            ended = time.monotonic()
            self._kept[name] = (ended + max(self._seconds, 10 * (ended - started)), value)
            return value
        finally:
            lock.release()


@dataclass(frozen=True)
class Keeper:
    """The parts that live as long as the process."""

    context: Context
    keyring: KeyCache
    limits: RateLimits
    announcements: Announcements
    polls: threading.BoundedSemaphore  # long polls held at once: each holds a thread, and some must stay free
    counts: Fresh = field(default_factory=Fresh)

    def refuse_backlog(self) -> None:
        """Raise Unavailable when more comments wait than `MODERATO_BACKLOG_LIMIT`; the count may be a second old."""
        limit = self.context.settings.backlog_limit
        if self.counts.get("backlog", lambda: _pending(self.context.database, limit)) >= limit:
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
