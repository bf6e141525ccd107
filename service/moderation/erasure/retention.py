"""What is forgotten, and when: texts of decided comments by age, an author's comments on request, logs by age.

Erasing removes text, author, earlier texts, findings, vectors and strikes; scores and decisions stay, they say nothing
about who wrote what. Erasing an author removes also what people said of them, a block included.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import (
    Appeal,
    Assessment,
    Author,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundWebhook,
    Note,
    Revision,
    SavedView,
    Site,
    Strike,
    WebhookSource,
)
from service.moderation.authors import facts
from service.moderation.callbacks import rotation
from service.moderation.erasure import letters
from service.moderation.intake import intake
from service.moderation.policy import policies
from service.vocabulary import CommentStatus

DAY = 86_400
DELIVERIES_KEPT = 30 * DAY  # also what a switched-off endpoint is still owed
ADDRESSES_KEPT = 7 * DAY  # a comment's own callback address, whose query may be a secret, once it was told
TOLD = (DeliveryState.DELIVERED, DeliveryState.WITHDRAWN)
DEAD_LETTERS_KEPT = 14 * DAY
AUTHORS_KEPT = 365 * DAY  # numbers of an author of whom nobody said anything, after the last comment was forgotten
MARKS_KEPT = 30 * DAY  # how far back a replayed webhook is known
OLD_SECRETS_KEPT = 7 * DAY  # how long the secret before the newest is valid after a rotation


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What an erasure removed."""

    comments: int = 0
    earlier_texts: int = 0
    findings: int = 0
    notes: int = 0  # of moderators, on the comments
    appeals: int = 0  # their words and the answers
    dead_letters: int = 0
    saved_views: int = 0  # of moderators, that looked for the author
    author_records: int = 0  # what people said of the author, numbers of forgotten comments


def erase_expired(session: Session, /, *, default_days: int, limit: int = 500) -> int:
    """Erase up to `limit` comments whose verdict is older than their site keeps texts; return how many.

    No callback tells of it: the publication's own copy is its own affair. What waits for a moderator does not expire.
    """
    erased = 0
    for site in session.scalars(select(Site).order_by(Site.id)):
        days = site.retention_days if site.retention_days is not None else default_days
        expired = session.scalars(
            select(Comment.id)
            .where(
                Comment.site_id == site.id,
                Comment.decided_at < database_now(-days * DAY),
                Comment.status.in_((CommentStatus.APPROVED, CommentStatus.REJECTED)),
                Comment.erased_at.is_(None),
            )
            .order_by(Comment.decided_at)
            .limit(limit - erased)
            .with_for_update(skip_locked=True)
        ).all()
        if expired:
            if policies.active(session, site.id).rules.count_on_authors:
                facts.remember(session, site.id, expired)
            _strip(session, list(expired))
            erased += len(expired)
        if erased >= limit:
            break
    return erased


def erase_comment(session: Session, site_id: str, external_id: str, /, *, actor: str) -> Erasure:
    """Erase one comment; return what was removed, nothing the second time. Raise NotFound for one that never was."""
    comment = intake.require(session, site_id, external_id, lock=True)
    if comment.erased_at is not None:
        return Erasure()
    counts = _counts(session, [comment.id])
    letters_emptied = letters.forget_comment(session, site_id, external_id)
    intake.erase(session, site_id, external_id, actor=actor)
    return Erasure(comments=1, dead_letters=letters_emptied, **counts)


def erase_author(session: Session, site_id: str, author_id: str, /, *, actor: str) -> Erasure:
    """Erase everything that one author sent to the site; return what was removed. Twice is the same as once."""
    theirs = Comment.site_id == site_id, Comment.author_external_id == author_id
    rows = session.execute(select(Comment.id, Comment.external_id, Comment.author_name).where(*theirs)).all()
    counts = _counts(session, [row.id for row in rows])
    letters_emptied = letters.forget_author(session, site_id, author_id)
    views = _forget_views(session, site_id, {author_id, *(row.author_name for row in rows if row.author_name)})
    for row in rows:
        letters_emptied += letters.forget_comment(session, site_id, row.external_id)
        intake.erase(session, site_id, row.external_id, actor=actor)
    # Last: whoever rejected one of the comments meanwhile has committed their strike before the comment was locked.
    session.execute(delete(Strike).where(Strike.site_id == site_id, Strike.author_external_id == author_id))
    removed = session.execute(delete(Author).where(Author.site_id == site_id, Author.external_id == author_id))
    return Erasure(
        comments=len(rows),
        dead_letters=letters_emptied,
        saved_views=views,
        author_records=max(removed.rowcount, 0),  # type: ignore[attr-defined]
        **counts,
    )


def prune(session: Session, /) -> int:
    """Delete what has outlived its use: old deliveries with their attempts, bodies of dead letters, marks of
    webhooks, numbers of authors long gone."""
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


def _strip(session: Session, ids: list[str]) -> None:
    intake.forget_words(session, ids)
    session.execute(
        update(Comment)
        .where(Comment.id.in_(ids))
        .values(
            text="",
            text_digest="",
            simhash=0,
            author_external_id=None,
            author_name=None,
            vector=None,
            callback_url=None,
            erased_at=database_now(),
            version=Comment.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def _counts(session: Session, comment_ids: list[str]) -> dict[str, int]:
    kinds: dict[str, type[Revision | Assessment | Note | Appeal]] = {
        "earlier_texts": Revision,
        "findings": Assessment,
        "notes": Note,
        "appeals": Appeal,
    }
    return {
        name: session.scalar(select(func.count()).select_from(kind).where(kind.comment_id.in_(comment_ids))) or 0
        for name, kind in kinds.items()
    }


def _forget_views(session: Session, site_id: str, names: set[str]) -> int:
    """Delete the saved views that look for one of `names`; return how many."""
    removed = 0
    for view in session.scalars(select(SavedView).where(SavedView.site_id == site_id)):
        if names & {value for values in parse_qs(view.query).values() for value in values}:
            session.delete(view)
            removed += 1
    session.flush()
    return removed
