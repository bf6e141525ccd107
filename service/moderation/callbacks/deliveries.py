"""Deliveries in progress: claimed like comments (compare-and-set, lease, token), settled, retried, replayed.

Workers claim only the oldest open delivery of a comment to an endpoint, so that callbacks arrive in order. An endpoint
has at most `PER_ENDPOINT` attempts in progress, one while it fails, and none while it is paused; a site has its share
of a worker's attempts. A failing endpoint therefore does not slow down the others, nor a site with many of them.
Callbacks of a replay come after all others of their endpoint.
"""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from service.capacity.shares import admits
from service.db import database_now, new_id
from service.errors import Conflict, NotFound
from service.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, Lane, Site
from service.moderation.callbacks import attempts, endpoint_health
from service.moderation.callbacks.attempts import SCHEDULE, Reply
from service.vocabulary import AttemptOutcome

PER_ENDPOINT = 2  # attempts in progress, by all workers
PER_HOST = 4  # those of one site to one host, by one worker
ENDPOINTS = 200  # of one site that are looked at in one claim
HELD_SECONDS = 60.0  # seconds until a paused endpoint is tried again


@dataclass(frozen=True)
class Claimed:
    """A delivery claimed by this worker, with the token that proves it."""

    delivery: Delivery
    endpoint: Endpoint
    token: str


def claim(
    session: Session, /, *, limit: int, lease_seconds: float, under_way: Collection[Claimed] = ()
) -> list[Claimed]:
    """Claim deliveries that are due for a worker that makes `limit` attempts at once, some of them `under_way`.

    Each site gets its share of the attempts (`service.capacity.shares`), and few of them go to one host.
    """
    sites = Counter(one.delivery.site_id for one in under_way)
    hosts = Counter((one.delivery.site_id, _host(one.endpoint)) for one in under_way)
    claimed: list[Claimed] = []
    # At random, so that none is always last; a site that has less under way goes first.
    with_work = exists(select(Endpoint.id).where(Endpoint.site_id == Site.id, _has_due()))
    found = session.execute(select(Site.id, Site.weight).where(with_work))
    waiting = random.sample(rows := found.all(), len(rows))
    for site_id, weight in sorted(waiting, key=lambda row: sites[row.id] / row.weight):
        # The lock keeps two workers from counting the same endpoint's free places.
        here = select(Endpoint).where(Endpoint.site_id == site_id, _has_due()).order_by(func.random()).limit(ENDPOINTS)
        for endpoint in session.scalars(here.with_for_update(skip_locked=True)):
            host = site_id, _host(endpoint)
            busy = _busy(session, endpoint)
            room = min(
                _room(sites[site_id], sites.total(), limit, weight),
                PER_HOST - hosts[host],
                (PER_ENDPOINT if not endpoint.failures else 1) - busy.total(),
            )
            taken = _take(session, endpoint, room, lease_seconds, Lane.LIVE)
            # What a replay owes takes one place at most, and never the last one at a host: a live callback finds one.
            spare = min(room, PER_HOST - 1 - hosts[host]) - len(taken)
            taken += _take(session, endpoint, min(spare, 1 - busy[Lane.REPLAYED]), lease_seconds, Lane.REPLAYED)
            sites[site_id] += len(taken)
            hosts[host] += len(taken)
            claimed += taken
    return claimed


def hold(session: Session, claimed: Claimed, reason: str, /) -> None:
    """Release a claim without an attempt, in the transaction that made it, and pause the endpoint for a while.

    For faults that are not the receiver's: no attempt and no failure is counted, however long they last.
    """
    session.execute(
        update(Delivery)
        .where(Delivery.id == claimed.delivery.id, Delivery.claim_token == claimed.token)
        .values(claim_token=None, claimed_until=None, attempts=Delivery.attempts - 1)
        .execution_options(synchronize_session=False)
    )
    claimed.endpoint.held_reason, claimed.endpoint.paused_until = reason[:300], database_now(HELD_SECONDS)
    session.flush()


def settle(session: Session, claimed: Claimed, reply: Reply, /) -> bool:
    """Record how the attempt ended and when the next one is due; False if another worker holds the claim now."""
    delivery, last = claimed.delivery, claimed.delivery.attempts >= len(SCHEDULE)
    values: dict[str, object] = {"claim_token": None, "claimed_until": None}
    values |= {"last_outcome": reply.outcome, "last_status": reply.status}
    if reply.outcome is AttemptOutcome.DELIVERED:
        values |= {"state": DeliveryState.DELIVERED, "delivered_at": database_now()}
    elif last and reply.outcome is not AttemptOutcome.GONE:
        values |= {"state": DeliveryState.FAILED}
    else:
        values |= {"next_attempt_at": database_now(attempts.pause(delivery.attempts, reply.retry_after))}
    settled = session.scalars(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.claim_token == claimed.token, _is_waiting())
        .values(**values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not settled:
        return False
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            number=delivery.attempts,
            outcome=reply.outcome,
            status=reply.status,
            detail=reply.detail[:200],
            milliseconds=reply.milliseconds,
        )
    )
    endpoint = session.get(Endpoint, claimed.endpoint.id, with_for_update=True, populate_existing=True)
    if endpoint is not None:
        answers_again = endpoint_health.note(endpoint, reply, last=last)
        if answers_again:
            _hurry(session, endpoint)
    session.flush()
    return True


def give_up(session: Session, /) -> int:
    """Fail deliveries that used up their claims without settling, because the worker died each time."""
    used_up = select(Delivery).where(_is_waiting(), _unheld(), Delivery.attempts >= len(SCHEDULE)).limit(200)
    exhausted = session.scalars(used_up.with_for_update(skip_locked=True)).all()
    for delivery in exhausted:
        delivery.state, delivery.claim_token, delivery.claimed_until = DeliveryState.FAILED, None, None
    session.flush()
    return len(exhausted)


def due(session: Session, /) -> int:
    """Return how many deliveries could be attempted now."""
    statement = _due().join(Endpoint, Endpoint.id == Delivery.endpoint_id).where(_open())
    return session.scalar(select(func.count()).select_from(statement.limit(100_000).subquery())) or 0


def seconds_to_next(session: Session, /, *, within: float) -> float | None:
    """Return in how many seconds the next delivery becomes due, None if none does `within` so many."""
    soon = Delivery.next_attempt_at > database_now(), Delivery.next_attempt_at <= database_now(within)
    here = select(Delivery.next_attempt_at).where(Delivery.endpoint_id == Endpoint.id, _is_waiting(), *soon)
    first = here.order_by(Delivery.next_attempt_at).limit(1).scalar_subquery()
    now, due_at = session.execute(select(database_now(), func.min(first)).select_from(Endpoint).where(_open())).one()
    return None if due_at is None else max(0.0, float((due_at - now).total_seconds()))


def require(session: Session, site_id: str, delivery_id: str, /) -> Delivery:
    """Return the site's delivery with that id or raise NotFound, also for another site's delivery."""
    chosen = select(Delivery).where(Delivery.site_id == site_id, Delivery.id == delivery_id)
    delivery = session.scalar(chosen) if delivery_id.isalnum() else None
    if delivery is None:
        raise NotFound("This site has no delivery with this id.")
    return delivery


def replay(session: Session, delivery: Delivery, /) -> None:
    """Queue `delivery` again under the same webhook id.

    Raise Conflict while an attempt is in progress, or if the comment's own callback address has been deleted.
    """
    if delivery.url == "":
        raise Conflict("The callback address sent with the comment is deleted a week after the callback.")
    if not _replay(session, (Delivery.id == delivery.id,)):
        raise Conflict("An attempt is in progress. Wait until it ends.")
    session.refresh(delivery)


def replay_since(session: Session, endpoint: Endpoint, since: datetime, /, *, failed_only: bool) -> int:
    """Queue again what was created for `endpoint` since then, all of it or only what failed; return how many."""
    states = [DeliveryState.FAILED] if failed_only else [DeliveryState.FAILED, DeliveryState.DELIVERED]
    return _replay(
        session, (Delivery.endpoint_id == endpoint.id, Delivery.created_at >= since, Delivery.state.in_(states))
    )


def attempts_of(session: Session, delivery: Delivery, /) -> Sequence[DeliveryAttempt]:
    """Return the log of `delivery`, oldest first."""
    return session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.delivery_id == delivery.id)
        .order_by(DeliveryAttempt.created_at, DeliveryAttempt.id)
    ).all()


def _replay(session: Session, which: tuple[ColumnElement[bool], ...]) -> int:
    replayed = session.scalars(
        update(Delivery)
        .where(*which, _unheld(), or_(Delivery.url.is_(None), Delivery.url != ""))
        .values(state=DeliveryState.WAITING, attempts=0, next_attempt_at=database_now(), claim_token=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(replayed.all())


def _hurry(session: Session, endpoint: Endpoint) -> None:
    """Make the callbacks that wait for `endpoint` due now, not after the hours that the schedule has reached."""
    session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, _is_waiting(), Delivery.attempts > 0, _unheld())
        .values(next_attempt_at=database_now())
        .execution_options(synchronize_session=False)
    )


def _take(session: Session, endpoint: Endpoint, most: int, lease_seconds: float, lane: Lane) -> list[Claimed]:
    if most <= 0:
        return []
    here = Delivery.endpoint_id == endpoint.id, Delivery.lane == literal(int(lane), literal_execute=True)
    due_here = _due().where(*here).order_by(Delivery.next_attempt_at, Delivery.id)
    chosen = session.scalars(due_here.limit(most).with_for_update(skip_locked=True)).all()
    if not chosen:
        return []
    token = new_id()
    taken = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(chosen), _is_due())
        .values(claim_token=token, claimed_until=database_now(lease_seconds), attempts=Delivery.attempts + 1)
        .returning(Delivery)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return [Claimed(delivery, endpoint, token) for delivery in taken]


def _room(own: int, total: int, limit: int, weight: float) -> int:
    """Return how many of `PER_ENDPOINT` more attempts a site may make."""
    return sum(admits(own + more, total + more, limit, weight=weight) for more in range(PER_ENDPOINT))


def _host(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.url).netloc.lower()


def _busy(session: Session, endpoint: Endpoint) -> Counter[int]:
    """Return how many attempts at the endpoint are in progress, by lane."""
    held = Delivery.endpoint_id == endpoint.id, _is_waiting(), Delivery.claimed_until >= database_now()
    return Counter(session.scalars(select(Delivery.lane).where(*held)))


def _due() -> Select[str]:
    return select(Delivery.id).where(_is_due())


def _is_due() -> ColumnElement[bool]:
    earlier = aliased(Delivery)
    return and_(
        _is_waiting(),
        Delivery.next_attempt_at <= database_now(),
        Delivery.attempts < len(SCHEDULE),
        _unheld(),
        ~exists().where(
            earlier.endpoint_id == Delivery.endpoint_id,
            earlier.comment_id == Delivery.comment_id,
            earlier.sequence < Delivery.sequence,
            earlier.state == DeliveryState.WAITING,
        ),
    )


def _has_due() -> ColumnElement[bool]:
    return and_(_open(), exists(_due().where(Delivery.endpoint_id == Endpoint.id)))


def _open() -> ColumnElement[bool]:
    paused = or_(Endpoint.paused_until.is_(None), Endpoint.paused_until <= database_now())
    return and_(Endpoint.state == EndpointState.ACTIVE, paused)


def _is_waiting() -> ColumnElement[bool]:
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    return Delivery.state == literal(DeliveryState.WAITING, Delivery.state.type, literal_execute=True)


def _unheld() -> ColumnElement[bool]:
    return or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < database_now())
