"""Callbacks to the CMS: one delivery per endpoint, stored in the transaction of the decision.

So no verdict exists without its callback, and no callback without its verdict. Deliveries for an endpoint that is
switched off are stored too and leave when it is switched on. Nothing here sends anything.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from service.db import database_now, table
from service.models import Comment, Decision, Delivery, DeliveryState, Endpoint, EndpointKind, Lane, LegalNotice
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


def owe_legal_notice(session: Session, legal_notice: LegalNotice, event: Event, /, *, delay: float = 0) -> int:
    """Store a delivery about a legal notice for every endpoint that names the event, and return how many.

    It carries the notifier's name and address, so "all events" does not include it.
    """
    found = session.execute(REGISTERED, {"site_id": legal_notice.site_id})
    naming = [endpoint.id for endpoint in found if event.value in endpoint.events]
    return _store(
        session,
        [
            Delivery(
                site_id=legal_notice.site_id,
                endpoint_id=endpoint_id,
                legal_notice_id=legal_notice.id,
                event=event,
                next_attempt_at=database_now(delay),
            )
            for endpoint_id in naming
        ],
    )


def owe_reports(
    session: Session, comment: Comment, report_ids: Sequence[str], /, *, decision_id: str | None, delay: float = 0
) -> None:
    """Store a delivery about each settled report for every registered endpoint that subscribed to them.

    `decision_id` settled them, so that an undo withdraws these deliveries too; None: a moderator dismissed them. They
    say nothing that has an order, so they neither wait for the comment's other callbacks nor hold those up.
    """
    event = Event.REPORT_DECIDED
    listening = _listening(session, comment.site_id, event) if report_ids else []
    _store(
        session,
        [
            Delivery(
                site_id=comment.site_id,
                endpoint_id=endpoint_id,
                decision_id=decision_id,
                report_id=report_id,
                event=event,
                next_attempt_at=database_now(delay),
            )
            for endpoint_id in listening
            for report_id in report_ids
        ],
    )


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
    """Withdraw the deliveries of a decision that is being undone; False if one was sent or is being sent."""
    return _withdraw(session, Delivery.decision_id == decision_id)


def withdraw_decided(session: Session, legal_notice_id: str, /) -> bool:
    """Withdraw the deliveries of a decision on a legal notice; False if one was sent or is being sent."""
    is_about = Delivery.legal_notice_id == legal_notice_id
    return _withdraw(session, and_(is_about, Delivery.event == Event.LEGAL_NOTICE_DECIDED))


def _withdraw(session: Session, which: ColumnElement[bool]) -> bool:
    session.execute(
        update(Delivery)
        .where(
            which,
            Delivery.state == DeliveryState.WAITING,
            Delivery.attempts == 0,
            or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < database_now()),
        )
        .values(state=DeliveryState.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    told = exists().where(which, Delivery.state != DeliveryState.WITHDRAWN)
    return not session.scalar(select(told))


def event_of(decision: Decision, /) -> Event:
    """Return the event of a callback about `decision`."""
    turned = {decision.from_status, decision.to_status} == {CommentStatus.APPROVED, CommentStatus.REJECTED}
    return Event.OVERTURNED if turned and decision.source is Source.MODERATOR else _EVENTS[decision.to_status]


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
        (endpoint_id, None) for endpoint_id in _listening(session, comment.site_id, event)
    ]
    if url := callback_url or comment.callback_url:
        listening.append((endpoints.find_or_add_origin(session, comment.site_id, _origin(url)).id, url))
    return _store(
        session,
        [
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
            for endpoint_id, address in listening
        ],
    )


def _store(session: Session, deliveries: Sequence[Delivery]) -> int:
    session.add_all(deliveries)
    if deliveries:
        session.flush()
        session.info[_OWED] = True
    return len(deliveries)


def _listening(session: Session, site_id: str, event: Event) -> list[str]:
    """Return the ids of the registered endpoints that subscribed to the event."""
    found = session.execute(REGISTERED, {"site_id": site_id})
    return [endpoint.id for endpoint in found if not endpoint.events or event.value in endpoint.events]


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
