"""Callbacks to the CMS: one delivery per endpoint, stored in the transaction of the decision.

So no verdict exists without its callback, and no callback without its verdict. Deliveries for an endpoint that is
switched off are stored too and leave when it is switched on. Nothing here sends anything.
"""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.db import database_now, table
from service.models import Article, Comment, Decision, Delivery, DeliveryState, Endpoint, EndpointKind, Lane, Score
from service.models.stored_ids import bare, space_of
from service.moderation.callbacks import endpoints
from service.vocabulary import CommentStatus, Event, Source

_EVENTS = {
    CommentStatus.APPROVED: Event.APPROVED,
    CommentStatus.REJECTED: Event.REJECTED,
    CommentStatus.HELD: Event.HELD,
}

_OWED = "owed"
FIRST = 2  # the version of a comment after its first verdict: no callback about it can be due already
_endpoint = table(Endpoint).c
REGISTERED = select(_endpoint.id, _endpoint.events).where(
    _endpoint.site_id == bindparam("site_id"), _endpoint.kind == EndpointKind.REGISTERED
)


def owe(
    session: Session,
    comment: Comment,
    decision: Decision,
    /,
    *,
    sequence: int,
    delay: float = 0,
    lane: Lane = Lane.LIVE,
) -> int:
    """Store a delivery of `decision` for every endpoint that subscribed to it, due after `delay` seconds; return how
    many.

    `sequence` is the comment's version after the decision.
    """
    event = event_of(decision)
    return _owe(session, comment, event, sequence=sequence, delay=delay, decision_id=decision.id, lane=lane)


def owe_erasure(session: Session, comment: Comment, callback_url: str | None, /, *, sequence: int) -> int:
    """Store deliveries that say `comment` was erased; the caller passes its callback address, which the row has lost
    by now.
    """
    return _owe(session, comment, Event.ERASED, sequence=sequence, delay=0, callback_url=callback_url)


def owe_test(session: Session, endpoint: Endpoint, /) -> Delivery:
    """Store a test delivery for `endpoint`."""
    delivery = Delivery(
        site_id=endpoint.site_id, endpoint_id=endpoint.id, event=Event.TEST, next_attempt_at=database_now()
    )
    session.add(delivery)
    session.flush()
    return delivery


def has_owed(session: Session, /) -> bool:
    """Whether this session stored a delivery, so that the caller wakes the delivery worker after the commit."""
    return bool(session.info.get(_OWED))


def withdraw(session: Session, decision_id: str, /) -> bool:
    """Delete the deliveries of a decision that is being undone; False if one was sent or is being sent."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.decision_id == decision_id,
            Delivery.state == DeliveryState.WAITING,
            Delivery.attempts == 0,
            or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < database_now()),
        )
        .values(state=DeliveryState.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    told = exists().where(Delivery.decision_id == decision_id, Delivery.state != DeliveryState.WITHDRAWN)
    return not session.scalar(select(told))


def event_of(decision: Decision, /) -> Event:
    """Return the event of a callback about `decision`."""
    turned = {decision.from_status, decision.to_status} == {CommentStatus.APPROVED, CommentStatus.REJECTED}
    return Event.OVERTURNED if turned and decision.source is Source.MODERATOR else _EVENTS[decision.to_status]


def payload(session: Session, delivery: Delivery, /) -> dict[str, Any]:
    """Return the body of `delivery`, made from rows that never change, so that every attempt sends the same body.

    It has ids, verdict, reasons and scores, never the comment's text or author.
    """
    envelope: dict[str, Any] = {"type": delivery.event.value, "timestamp": rfc3339(delivery.created_at)}
    if delivery.comment_id is None:
        return envelope | {"data": {"endpoint_id": delivery.endpoint_id}}
    comment = session.get_one(Comment, delivery.comment_id)
    article = session.get(Article, comment.article_id) if comment.article_id else None
    told: dict[str, Any] = {
        "comment_id": bare(comment.external_id),
        "source": space_of(comment.external_id) or None,
        "article_id": bare(article.external_id) if article else None,
        "sequence": delivery.sequence,
    }
    if delivery.decision_id is not None:
        told |= _told(session, session.get_one(Decision, delivery.decision_id))
    return envelope | {"data": told}


def _told(session: Session, decision: Decision) -> dict[str, Any]:
    scores = session.scalars(
        select(Score)
        .where(Score.comment_id == decision.comment_id, Score.revision == decision.revision)
        .order_by(Score.attribute, Score.classifier)
    )
    return {
        "decision_id": decision.id,
        "revision": decision.revision,
        "verdict": decision.verdict.value,
        "status": decision.to_status.value,
        "previous_status": decision.from_status.value,
        "reasons": decision.reasons,
        "scores": {
            score.attribute.value: {"value": score.value, "classifier": score.classifier, "version": score.version}
            for score in scores
        },
        "decided_by": {
            "source": decision.source.value,
            "policy_version": decision.policy_version,
            "name": decision.actor or None,
        },
        "decided_at": rfc3339(decision.created_at),
    }


def _owe(
    session: Session,
    comment: Comment,
    event: Event,
    *,
    sequence: int,
    delay: float,
    decision_id: str | None = None,
    callback_url: str | None = None,
    lane: Lane = Lane.LIVE,
) -> int:
    if sequence > FIRST and lane is Lane.LIVE:
        _hurry(session, comment.id)
    listening: list[tuple[str, str | None]] = [
        (endpoint.id, None)
        for endpoint in session.execute(REGISTERED, {"site_id": comment.site_id})
        if not endpoint.events or event.value in endpoint.events
    ]
    if url := callback_url or comment.callback_url:
        listening.append((endpoints.find_or_add_origin(session, comment.site_id, _origin(url)).id, url))
    for endpoint_id, address in listening:
        session.add(
            Delivery(
                site_id=comment.site_id,
                endpoint_id=endpoint_id,
                comment_id=comment.id,
                decision_id=decision_id,
                event=event,
                sequence=sequence,
                lane=lane,
                url=address,
                next_attempt_at=database_now(delay),
            )
        )
    if listening:
        session.flush()
        session.info[_OWED] = True
    return len(listening)


def _hurry(session: Session, comment_id: str) -> None:
    """Let a replay's callbacks about the comment leave now: the next one about it may not wait for their turn."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.comment_id == comment_id,
            Delivery.state == DeliveryState.WAITING,
            Delivery.lane == Lane.REPLAYED,
            Delivery.next_attempt_at > database_now(),
            Delivery.attempts == 0,
        )
        .values(lane=Lane.LIVE, next_attempt_at=database_now())
        .execution_options(synchronize_session=False)
    )


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
        return f"{parts.scheme}://{parts.hostname}{port}"[:300]
    except ValueError:
        return "unreadable address"  # the attempt is refused and says so
