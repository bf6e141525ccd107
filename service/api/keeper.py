"""What one web process keeps between requests to the API: keys, rates, counts that may be a second old.

Nothing here is the truth about anything; losing it all costs a few statements.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, cast

from cachetools import LRUCache, TTLCache
from flask import Flask, current_app

from service.accounts import sites
from service.accounts.keys import KeyCache
from service.api.announcements import Announcements
from service.api.limits import RateLimits
from service.api.recent_scores import RecentScores
from service.capacity.shares import Places, admits
from service.context import Context
from service.errors import Unavailable
from service.moderation.decisions import claims

EXTENSION = "moderato.api"
POLLS = 1_000  # long polls that wait at once: each costs its connection and little else
# A site's texts wait in one line with all others at the interactive worker: few of one site may be in it.
SCORING_GENEROSITY = 0.5
PAGES, PAGE_SECONDS = 64, 1.0  # published comments that stay in memory, at most a quarter of a MiB each
HINTS_EACH = 5  # hints for each comment that a reader may send: a text is asked about while it is written


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
    polls: Places  # long polls that wait
    reader_polls: Places  # the same of readers, who wait for moderators too: no CMS waits for them
    scores: Places  # texts that are being scored at once
    hint_scores: Places  # the same of readers' hints, which anybody can ask for
    reader_comments: RateLimits  # of one address
    reader_hints: RateLimits
    counts: Fresh = field(default_factory=Fresh)
    recent_scores: RecentScores = field(default_factory=RecentScores)
    pages: TTLCache[Hashable, Any] = field(default_factory=lambda: TTLCache(PAGES, PAGE_SECONDS))
    pages_lock: threading.Lock = field(default_factory=threading.Lock)
    weights: dict[str, float] = field(default_factory=dict)  # of sites whose weight is not 1, as last read

    def refuse_backlog(self, site_id: str, /) -> None:
        """Raise Unavailable when the site has its share of `MODERATO_BACKLOG_LIMIT`; the count may be a second old."""
        limit = self.context.settings.backlog_limit
        pending: dict[str, int] = self.counts.get("pending", lambda: self._count_pending(limit))
        own, total = pending.get(site_id, 0), sum(pending.values())
        if not admits(own, total, limit, weight=self.weight_of(site_id), last=True):
            raise Unavailable(
                "More comments are waiting for a verdict than are taken in; send it again later.", retry_after=30
            )

    def weight_of(self, site_id: str, /) -> float:
        """Return the site's weight, as last read; asks nobody."""
        return self.weights.get(site_id, 1.0)

    def _count_pending(self, limit: int) -> dict[str, int]:
        """Return how many comments of each site are pending; reads the weights along with them."""
        with self.context.database.read() as session:
            pending = claims.pending_by_site(session, limit=limit)
            weights = sites.weights(session)
        self.weights.clear()
        self.weights.update(weights)
        return pending


def install(app: Flask, ours: Context) -> None:
    """Give the application its keeper."""
    from_one_address = ours.settings.reader_comments_per_minute
    app.extensions[EXTENSION] = Keeper(
        context=ours,
        keyring=KeyCache(ours.database),
        limits=RateLimits(ours.queues, per_minute=ours.settings.rate_limit_per_minute),
        announcements=Announcements(ours.queues, ours.database),
        polls=Places(POLLS),
        reader_polls=Places(POLLS),
        reader_comments=RateLimits(ours.queues, per_minute=from_one_address),
        reader_hints=RateLimits(ours.queues, per_minute=HINTS_EACH * from_one_address),
        scores=Places(ours.settings.score_slots, generosity=SCORING_GENEROSITY),
        hint_scores=Places(ours.settings.score_slots, generosity=SCORING_GENEROSITY),
    )


def current() -> Keeper:
    """Return the keeper of the application that serves the current request."""
    return of(current_app)


def of(app: Flask, /) -> Keeper:
    """Return the keeper of `app`."""
    return cast(Keeper, app.extensions[EXTENSION])
