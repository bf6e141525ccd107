"""Repeats and floods: has this been said already, and how much does this author say.

Only earlier comments count, so that of two equal ones the first goes through, whichever is judged first. Near repeats
are looked for among the author's last 50 and the article's last 200 comments of a day, by SimHash, and confirmed on
the texts.
"""

from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service.models import Comment
from service.moderation.fingerprints import distance, words_of

WINDOW = timedelta(hours=24)
NEAR_BITS = 14  # of 64: copies with a word or two changed stay within, unrelated texts lie around 32
NEAR_RATIO = 90.0  # per cent of equal words, rapidfuzz's token ratio


@dataclass(frozen=True)
class Repeats:
    """The external id of the earlier comment that this one repeats, and the author's comments of the last hour."""

    repeat_of: str | None
    recent_by_author: int


def find_repeats(session: Session, comment: Comment, /) -> Repeats:
    """Look for what `comment` repeats, by the same author or on the same article, within the last 24 hours."""
    related: list[ColumnElement[bool]] = []
    if comment.author_external_id is not None:
        related.append(Comment.author_external_id == comment.author_external_id)
    if comment.article_id is not None:
        related.append(Comment.article_id == comment.article_id)
    if not related:
        return Repeats(None, 1)
    earlier = (
        Comment.site_id == comment.site_id,
        Comment.received_at >= comment.received_at - WINDOW,
        or_(
            Comment.received_at < comment.received_at,
            and_(Comment.received_at == comment.received_at, Comment.id < comment.id),
        ),
        Comment.erased_at.is_(None),
    )
    exact = session.scalar(
        select(Comment.external_id)
        .where(*earlier, Comment.text_digest == comment.text_digest, or_(*related))
        .order_by(Comment.received_at)
        .limit(1)
    )
    repeat = exact or _near(session, comment, earlier, related)
    return Repeats(repeat, _recent(session, comment))


def _near(
    session: Session, comment: Comment, earlier: tuple[ColumnElement[bool], ...], related: list[ColumnElement[bool]]
) -> str | None:
    if len(words_of(comment.text)) < 8:
        return None  # short remarks resemble each other without being repeats
    for condition, limit in zip(related, (50, 200) if comment.author_external_id else (200,), strict=False):
        rows = session.execute(
            select(Comment.id, Comment.simhash)
            .where(*earlier, condition)
            .order_by(Comment.received_at.desc())
            .limit(limit)
        ).all()
        for other_id, other_hash in rows:
            if distance(comment.simhash, other_hash) > NEAR_BITS:
                continue
            other = session.execute(select(Comment.external_id, Comment.text).where(Comment.id == other_id)).one()
            if fuzz.ratio(words_of(comment.text), words_of(other.text)) >= NEAR_RATIO:
                return str(other.external_id)
    return None


def _recent(session: Session, comment: Comment) -> int:
    if comment.author_external_id is None:
        return 1
    return (
        session.scalar(
            select(func.count()).where(
                Comment.site_id == comment.site_id,
                Comment.author_external_id == comment.author_external_id,
                Comment.received_at > comment.received_at - timedelta(hours=1),
                Comment.received_at <= comment.received_at,
            )
        )
        or 1
    )
