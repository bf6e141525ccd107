"""What is wrong now, at one site or for all of them: facts that a message can be written from, never a comment's text.

Each question costs the same however many comments are stored.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import (
    AlertKind,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    HeldReason,
    Lane,
    SiteAlerts,
)
from service.moderation.callbacks.endpoint_health import BREAKER
from service.moderation.insight import workers
from service.moderation.insight.open_comments import has_status
from service.moderation.legal_notices import cases
from service.moderation.review.queue import held_tally
from service.vocabulary import CommentStatus, Reason

Facts = dict[str, Any]
UNREAD = 3  # comments that no classifier could read, within UNREAD_SECONDS, before scoring counts as failing
UNREAD_SECONDS = 1_800
OVERDUE_SECONDS = 600  # after which a callback that is due should have been tried
NAMED = 3  # hosts named in a message


def at_site(session: Session, site_id: str, chosen: SiteAlerts, /) -> dict[AlertKind, Facts | None]:
    """Return, for each kind that a site has of its own, the facts, or None while nothing is wrong."""
    tally = held_tally.of_site(session, site_id)
    held = sum(tally.count(escalated=lane) for lane in (False, True))
    minutes = _oldest_held(session, site_id) / 60 if held else 0.0
    notices = cases.count_open(session, site_id)
    old: Facts = {"amount": held, "minutes": round(minutes), "limit": chosen.held_minutes}
    return {
        AlertKind.QUEUE_OLD: old if minutes > chosen.held_minutes else None,
        AlertKind.QUEUE_LONG: {"amount": held, "limit": chosen.held_count} if held > chosen.held_count else None,
        AlertKind.CALLBACKS_FAILING: _callbacks(session, site_id),
        AlertKind.LEGAL_NOTICE: {"amount": notices} if notices else None,
    }


def scoring(session: Session, site_ids: Sequence[str], /) -> Facts | None:
    """Return why comments get no verdicts, None while they do."""
    if not workers.alive_by_role(session).get("classification"):
        return {"why": "workers"}
    recently = HeldReason.received_at > database_now(-UNREAD_SECONDS)
    for site_id in site_ids:
        here = HeldReason.site_id == site_id, HeldReason.escalated.in_((0, 1)), HeldReason.name == Reason.UNCLASSIFIED
        few = select(HeldReason.comment_id).where(*here, recently).limit(UNREAD).subquery()
        if (session.scalar(select(func.count()).select_from(few)) or 0) >= UNREAD:
            return {"why": "classifier"}
    return None


def _oldest_held(session: Session, site_id: str) -> float:
    oldest = select(func.min(Comment.decided_at)).where(Comment.site_id == site_id, has_status(CommentStatus.HELD))
    now, since = session.execute(select(database_now(), oldest.scalar_subquery())).one()
    return (now - since).total_seconds() if since else 0.0


def _callbacks(session: Session, site_id: str) -> Facts | None:
    # Switched off by a person, who knows it, is not broken.
    by_itself = (Endpoint.state == EndpointState.DISABLED) & ~Endpoint.disabled_reason.startswith("Switched off")
    failing = (Endpoint.state == EndpointState.ACTIVE) & ((Endpoint.failures >= BREAKER) | (Endpoint.held_reason != ""))
    broken = session.scalars(
        select(Endpoint.url).where(Endpoint.site_id == site_id, or_(by_itself, failing)).order_by(Endpoint.url)
    ).all()
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    waiting = Delivery.state == literal(DeliveryState.WAITING, Delivery.state.type, literal_execute=True)
    overdue = session.scalar(
        select(
            exists().where(
                Delivery.endpoint_id == Endpoint.id,
                Endpoint.site_id == site_id,
                Endpoint.state == EndpointState.ACTIVE,
                or_(Endpoint.paused_until.is_(None), Endpoint.paused_until < database_now()),
                waiting,
                Delivery.lane == Lane.LIVE,  # those of a replay come after all others and may wait for hours
                Delivery.next_attempt_at < database_now(-OVERDUE_SECONDS),
            )
        )
    )
    if not broken and not overdue:
        return None
    hosts = sorted({urlsplit(url).hostname or "" for url in broken})
    return {"amount": len(broken), "hosts": hosts[:NAMED], "overdue": bool(overdue)}
