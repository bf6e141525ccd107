"""What is forgotten by age: texts of decided comments, deliveries, dead letters, old secrets, numbers of authors."""

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import FieldError, Invalid
from service.models import (
    Author,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundWebhook,
    LegalNotice,
    Site,
    SuggestedScore,
    WebhookSource,
)
from service.moderation.authors import facts
from service.moderation.callbacks import rotation
from service.moderation.erasure import erasing
from service.moderation.policy import policies
from service.sentences import Grouped, worded
from service.vocabulary import CommentStatus

DAY = 86_400
SHORTEST, LONGEST = 1, 36_500  # days that a site may keep texts
DELIVERIES_KEPT = 30 * DAY  # also callbacks that wait for a switched-off endpoint
ADDRESSES_KEPT = 7 * DAY  # after its last callback, a comment's own callback address, whose query may be a secret
TOLD = (DeliveryState.DELIVERED, DeliveryState.WITHDRAWN)
DEAD_LETTERS_KEPT = 14 * DAY
AUTHORS_KEPT = 365 * DAY  # numbers of an author without a standing, after their last comment was erased
LEGAL_NOTICES_KEPT = 200 * DAY  # after the decision, about which notifiers can complain for six months
MARKS_KEPT = 30 * DAY  # how far back a replayed webhook is known
OLD_SECRETS_KEPT = 7 * DAY  # how long the secret before the newest is valid after a rotation


def erase_expired(session: Session, /, *, default_days: int, limit: int = 500) -> int:
    """Erase up to `limit` comments whose verdict is older than their site keeps texts; return how many.

    No callback tells of it: the publication's own copy is its own affair. What waits for a moderator does not expire.
    """
    erased = 0
    for site in session.scalars(select(Site).order_by(Site.id)):
        days = site.retention_days if site.retention_days is not None else default_days
        _forget_suggested(session, site.id, days)
        expired = session.scalars(
            select(Comment.id)
            .where(*_has_expired(site.id, days))
            .order_by(Comment.decided_at)
            .limit(limit - erased)
            .with_for_update(skip_locked=True)
        ).all()
        if expired:
            if policies.active(session, site.id).rules.count_on_authors:
                facts.remember(session, site.id, expired)
            erasing.strip(session, list(expired))
            erased += len(expired)
        if erased >= limit:
            break
    return erased


def count_expired(session: Session, site_id: str, days: int, /, *, most: int = 100_000) -> int:
    """Return how many texts the next run would erase if the site kept them `days`, `most` where there are more."""
    few = select(Comment.id).where(*_has_expired(site_id, days)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def keep(session: Session, site: Site, days: int | None, /) -> None:
    """Keep the site's texts for so many days after their verdict, None: as the setting says; raise Invalid."""
    if days is not None:
        check(days)
    site.retention_days = days
    session.flush()


def check(days: int, /) -> None:
    """Raise Invalid for a number of days that no site may keep texts for."""
    if not SHORTEST <= days <= LONGEST:
        detail = worded(
            "%(days)s: must be between %(least)s and %(most)s days", days=days, least=SHORTEST, most=Grouped(LONGEST)
        )
        raise Invalid(detail, errors=[FieldError("#/days", "invalid", detail)])


def _has_expired(site_id: str, days: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Comment.site_id == site_id,
        Comment.decided_at < database_now(-days * DAY),
        Comment.status.in_((CommentStatus.APPROVED, CommentStatus.REJECTED)),
        Comment.erased_at.is_(None),
    )


def _forget_suggested(session: Session, site_id: str, days: int) -> None:
    """Remove the texts of suggested scores; the values stay, and they do not say what was written."""
    session.execute(
        update(SuggestedScore)
        .where(SuggestedScore.site_id == site_id, SuggestedScore.comment_text.is_not(None))
        .where(SuggestedScore.created_at < database_now(-days * DAY))
        .values(comment_text=None)
        .execution_options(synchronize_session=False)
    )


def prune(session: Session, /) -> int:
    """Delete what has outlived its use: old deliveries with their attempts, bodies of dead letters, marks of
    webhooks, numbers of authors long gone, what decided legal notices say and who sent them."""
    off = select(Endpoint.id).where(Endpoint.state == EndpointState.DISABLED)
    old = Delivery.created_at < database_now(-DELIVERIES_KEPT)
    settled = session.execute(delete(Delivery).where(old, Delivery.state != DeliveryState.WAITING))
    unwanted = session.execute(delete(Delivery).where(old, Delivery.endpoint_id.in_(off)))
    session.execute(
        update(Delivery)
        .where(Delivery.url.is_not(None), Delivery.url != "", Delivery.state.in_(TOLD))
        .where(func.coalesce(Delivery.delivered_at, Delivery.created_at) < database_now(-ADDRESSES_KEPT))
        .values(url="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(InboundWebhook)
        .where(InboundWebhook.body.is_not(None), InboundWebhook.received_at < database_now(-DEAD_LETTERS_KEPT))
        .values(body=None, headers=None)
        .execution_options(synchronize_session=False)
    )
    marks = session.execute(delete(InboundWebhook).where(InboundWebhook.received_at < database_now(-MARKS_KEPT)))
    _end_rotations(session)
    erasing.forget_notifiers(session, LegalNotice.decided_at < database_now(-LEGAL_NOTICES_KEPT))
    strangers = session.execute(
        delete(Author).where(Author.standing.is_(None), Author.forgotten_at < database_now(-AUTHORS_KEPT))
    )
    return sum(max(result.rowcount, 0) for result in (settled, unwanted, marks, strangers))  # type: ignore[attr-defined]


def _end_rotations(session: Session) -> None:
    before = database_now(-OLD_SECRETS_KEPT)
    rotated: list[Endpoint | WebhookSource] = [
        *session.scalars(select(Endpoint).where(Endpoint.rotated_at < before).with_for_update()),
        *session.scalars(select(WebhookSource).where(WebhookSource.rotated_at < before).with_for_update()),
    ]
    for row in rotated:
        rotation.end(row)
    session.flush()
