"""Figures for Prometheus, read from the database when they are scraped: `/metrics`.

This process counts nothing, so several web processes report the same numbers, and a restart resets none. Rows are only
ever added (erasing keeps the row), so counts older than an hour are cached and a scrape counts only what came since; it
reads the database every five seconds at most. Without a token only this machine gets an answer, and never through a
proxy.
"""

import hmac
import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from service.context import Context, context
from service.db import database_now
from service.errors import Forbidden
from service.models import (
    AuditHead,
    Comment,
    Decision,
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
from service.moderation.insight.periods import epoch
from service.queues import QUEUES
from service.version import VERSION
from service.vocabulary import BY_THE_SERVICE, CommentStatus

EXTENSION = "moderato.metrics"
CACHE_SECONDS = 5.0
SETTLED = timedelta(hours=1)  # no transaction lasts this long, so no older row can still appear
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
WAITING = (CommentStatus.PENDING, CommentStatus.HELD)

Key = tuple[str, ...]
Counting = Callable[[Session, datetime | None, datetime | None], Counter[Key]]


def register(app: Flask, /) -> None:
    """Add `/metrics` to the application."""
    app.add_url_rule("/metrics", "metrics", _answer)


def install(app: Flask, ours: Context, /) -> None:
    """Give the application the memory that it keeps between two scrapes."""
    app.extensions[EXTENSION] = Scrape(ours)


def _answer() -> Response:
    if not _is_allowed(context().settings.metrics_token):
        raise Forbidden("Figures are for this machine, or for who sends MODERATO_METRICS_TOKEN as a bearer token.")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(current_app.extensions[EXTENSION])
    return Response(encode(registry), content_type=content_type)


def _is_allowed(token: str | None) -> bool:
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # Behind a proxy on this machine every request looks local.
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


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


class Running:
    """Counts by key of rows that are only ever added: old rows are counted once, recent ones at every scrape."""

    def __init__(self, count: "Counting") -> None:
        self._count = count
        self._settled: Counter[Key] = Counter()
        self._until: datetime | None = None

    def up_to(self, session: Session, now: datetime, /) -> Counter[Key]:
        """Return the counts of all rows so far."""
        horizon = now - SETTLED
        if self._until is None or horizon - self._until > SETTLED:
            self._settled += self._read(session, self._until, horizon)
            self._until = horizon
        return self._settled + self._read(session, self._until, None)

    def _read(self, session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
        return self._count(session, start, end)


def received(session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
    """Return comments received by site."""
    statement = select(Comment.site_id, func.count()).group_by(Comment.site_id)
    rows = session.execute(_within(statement, Comment.received_at, start, end))
    return Counter({(site_id,): count for site_id, count in rows})


def decided(session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
    """Return decisions by site, source and verdict; undos are counted separately.

    An undone decision stays counted, because a counter that falls looks like a restart.
    """
    kinds = (Decision.site_id, Decision.source, Decision.verdict, Decision.undoes.is_not(None).label("is_undo"))
    inner = _within(select(*kinds), Decision.created_at, start, end).subquery()
    rows = session.execute(select(inner, func.count()).group_by(*inner.c))
    counts: Counter[Key] = Counter()
    for site_id, source, verdict, is_undo, count in rows:
        counts[site_id, source.value, "undone" if is_undo else verdict.value] += count
    return counts


def verdict_seconds(session: Session, start: datetime | None, end: datetime | None) -> Counter[Key]:
    """Return the number of first verdicts by duration bucket, and the sum of milliseconds."""
    # The first revision only: an edit moves `pending_since`, and a settled count must not change.
    seconds = epoch(Decision.created_at) - epoch(Comment.received_at)
    bucket = case(*[(seconds <= bound, literal(str(bound))) for bound in BUCKETS], else_=literal("+Inf"))
    timed = (
        select(bucket.label("bucket"), seconds.label("seconds"))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(and_(Decision.revision == 1, Decision.source.in_(BY_THE_SERVICE)))
    )
    inner = _within(timed, Decision.created_at, start, end).subquery()
    counts: Counter[Key] = Counter()
    for bucket_name, total, count in session.execute(
        select(inner.c.bucket, func.sum(inner.c.seconds), func.count()).group_by(inner.c.bucket)
    ):
        counts["bucket", bucket_name] = count
        counts["milliseconds",] += round(total * 1000)
    return counts


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


def _within(statement: Any, moment: Any, start: datetime | None, end: datetime | None) -> Any:
    if start is not None:
        statement = statement.where(moment >= start)
    return statement.where(moment < end) if end is not None else statement


def _since() -> Any:
    return case((Comment.status == CommentStatus.PENDING, Comment.pending_since), else_=Comment.decided_at)


def _gauge(name: str, words: str, values: Iterable[tuple[Key, float]], labels: Iterable[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    for key, value in values:
        family.add_metric(list(key), value)
    return family
