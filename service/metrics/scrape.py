"""What a scrape answers. This process counts nothing, so several web processes report the same numbers, and a restart
resets none. The database is read every five seconds at most.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from service.context import Context
from service.db import database_now
from service.metrics.running import BUCKETS, Key, Running, decided, received, verdict_seconds
from service.models import (
    AuditHead,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    Site,
    WebhookSource,
)
from service.moderation.insight import workers
from service.moderation.insight.counts.periods import epoch
from service.queues import QUEUES
from service.version import VERSION
from service.vocabulary import CommentStatus

CACHE_SECONDS = 5.0
WAITING = (CommentStatus.PENDING, CommentStatus.HELD)


class Scrape:
    """A Prometheus collector that caches its last answer for `CACHE_SECONDS`."""

    def __init__(self, ours: Context) -> None:
        self._ours = ours
        self._lock = threading.Lock()
        self._until = 0.0
        self._told: list[Metric] = []
        self._received = Running(received)
        self._decided = Running(decided)
        self._verdict_seconds = Running(verdict_seconds)

    def collect(self) -> Iterable[Metric]:
        """Yield every figure; if the database does not answer, report `moderato_database_up 0`."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._told = list(self._look())
                self._until = time.monotonic() + CACHE_SECONDS
            return self._told

    def _look(self) -> Iterator[Metric]:
        started = time.perf_counter()
        yield _gauge("moderato_info", "The version that runs.", [((VERSION,), 1)], ["version"])
        try:
            with self._ours.database.read() as session:
                found = list(self._from_database(session))
        except Exception:  # any error of the driver: the scrape must report it, not fail
            found = []
        yield _gauge("moderato_database_up", "Whether the database answered.", [((), 1 if found else 0)])
        yield from found
        yield from self._from_redis()
        took = time.perf_counter() - started
        yield _gauge("moderato_scrape_seconds", "What gathering these figures took.", [((), took)])

    def _from_database(self, session: Session) -> Iterator[Metric]:
        sites: dict[str, str] = dict(session.execute(select(Site.id, Site.slug)).all())
        now = session.scalar(select(database_now()))
        assert now is not None
        yield from self._waiting(session, sites)
        comments = CounterMetricFamily("moderato_comments_received", "Comments received.", labels=["site"])
        for (site_id,), count in self._received.up_to(session, now).items():
            if site_id in sites:
                comments.add_metric([sites[site_id]], count)
        yield comments
        decided = CounterMetricFamily("moderato_decisions", "Verdicts recorded.", labels=["site", "source", "verdict"])
        for (site_id, source, verdict), count in self._decided.up_to(session, now).items():
            if site_id in sites:
                decided.add_metric([sites[site_id], source, verdict], count)
        yield decided
        yield _histogram(self._verdict_seconds.up_to(session, now))
        alive: Counter[str] = Counter(workers.alive_by_role(session))
        roles = ("classification", "interactive", "delivery", "upkeep")
        yield _gauge("moderato_workers", "Workers seen lately.", [((r,), alive[r]) for r in roles], ["role"])
        yield from _deliveries(session, sites)
        entries = session.scalar(select(AuditHead.number).where(AuditHead.id == 1)) or 0
        yield _gauge("moderato_audit_entries", "Entries in the audit chain.", [((), entries)])

    def _waiting(self, session: Session, sites: dict[str, str]) -> Iterator[Metric]:
        rows = session.execute(
            select(
                Comment.site_id,
                Comment.status,
                func.count(),
                epoch(database_now()) - epoch(func.min(_since())),
            )
            .where(Comment.status.in_(WAITING))
            .group_by(Comment.site_id, Comment.status)
        )
        waiting = {(site_id, status): (count, max(oldest or 0.0, 0.0)) for site_id, status, count, oldest in rows}
        counts = [((sites[s], status), waiting.get((s, status), (0, 0.0))[0]) for s in sites for status in WAITING]
        yield _gauge("moderato_comments_waiting", "Comments without a final verdict.", counts, ["site", "status"])
        for status, name, words in (
            (CommentStatus.PENDING, "moderato_oldest_pending_seconds", "Age of the oldest comment without a verdict."),
            (CommentStatus.HELD, "moderato_oldest_held_seconds", "How long the oldest held comment waits."),
        ):
            ages = [((sites[s],), waiting.get((s, status), (0, 0.0))[1]) for s in sites]
            yield _gauge(name, words, ages, ["site"])

    def _from_redis(self) -> Iterator[Metric]:
        lengths: list[tuple[Key, float]] = []
        failed: list[tuple[Key, float]] = []
        unscored: dict[str, int] = {}
        up = 1
        try:
            for name in QUEUES:
                queue = Queue(name, connection=self._ours.queues.redis, serializer=JSONSerializer)
                lengths.append(((name,), queue.count))
                failed.append(((name,), self._ours.queues.redis.zcard(queue.failed_job_registry.key)))
            unscored = self._ours.queues.unscored()
        except (RedisError, OSError):
            up, lengths, failed = 0, [], []
        yield _gauge("moderato_redis_up", "Whether Redis answered; comments are accepted without it.", [((), up)])
        yield _gauge("moderato_queue_jobs", "Wake-ups and requests waiting in RQ.", lengths, ["queue"])
        yield _gauge("moderato_queue_failed_jobs", "Jobs RQ keeps as failed, for a day.", failed, ["queue"])
        words = "Requests for scores at once without a score: past the deadline, or a classifier failed."
        without_score = CounterMetricFamily("moderato_unscored_requests", words, labels=["reason"])
        for reason in ("deadline", "classifier"):
            without_score.add_metric([reason], unscored.get(reason, 0))
        yield without_score


def _deliveries(session: Session, sites: dict[str, str]) -> Iterator[Metric]:
    undelivered = (DeliveryState.WAITING, DeliveryState.FAILED)
    owed: dict[tuple[str, DeliveryState], int] = {
        (site_id, state): count
        for site_id, state, count in session.execute(
            select(Delivery.site_id, Delivery.state, func.count())
            .where(Delivery.state.in_(undelivered))
            .group_by(Delivery.site_id, Delivery.state)
        )
    }
    counts = [((sites[s], state.value), owed.get((s, state), 0)) for s in sites for state in undelivered]
    yield _gauge("moderato_callbacks", "Callbacks due, and given up.", counts, ["site", "state"])
    due = session.scalar(
        select(epoch(database_now()) - epoch(func.min(Delivery.next_attempt_at)))
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(Delivery.state == DeliveryState.WAITING, Endpoint.state == EndpointState.ACTIVE)
    )
    overdue = max(due or 0.0, 0.0)
    yield _gauge("moderato_callback_overdue_seconds", "How long the next callback is overdue.", [((), overdue)])
    off: dict[str, int] = dict(
        session.execute(
            select(Endpoint.site_id, func.count())
            .where(Endpoint.state == EndpointState.DISABLED)
            .group_by(Endpoint.site_id)
        ).all()
    )
    switched = [((sites[s],), off.get(s, 0)) for s in sites]
    yield _gauge("moderato_endpoints_disabled", "Endpoints switched off.", switched, ["site"])
    dead: dict[str, int] = dict(
        session.execute(
            select(WebhookSource.site_id, func.count())
            .join(InboundWebhook, InboundWebhook.source_id == WebhookSource.id)
            .where(InboundWebhook.state == InboundState.DEAD)
            .group_by(WebhookSource.site_id)
        ).all()
    )
    letters = [((sites[s],), dead.get(s, 0)) for s in sites]
    yield _gauge("moderato_dead_webhooks", "Webhooks received that could not be applied.", letters, ["site"])


def _histogram(counts: Counter[Key]) -> Metric:
    cumulated, buckets = 0, []
    for bound in (*(str(bound) for bound in BUCKETS), "+Inf"):
        cumulated += counts["bucket", bound]
        buckets.append((bound, float(cumulated)))
    family = HistogramMetricFamily("moderato_verdict_seconds", "From a comment's arrival to the policy's verdict.")
    family.add_metric([], buckets, sum_value=counts["milliseconds",] / 1000)
    return family


def _since() -> Any:
    return case((Comment.status == CommentStatus.PENDING, Comment.pending_since), else_=Comment.decided_at)


def _gauge(name: str, words: str, values: Iterable[tuple[Key, float]], labels: Iterable[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    for key, value in values:
        family.add_metric(list(key), value)
    return family
