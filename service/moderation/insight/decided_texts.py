"""Texts with people's verdicts on them, as labels to measure classifiers with: moderators' decisions, here or imported.

Nothing is copied for it: what is erased or expired is no label any more. A rejection says that a comment was not
wanted, not why; `word` is what the system that it came from called it, such as `spam`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session

from service.models import Comment, Decision
from service.moderation.insight.counts.counted_decisions import stands
from service.vocabulary import CommentStatus, Source

PAGE = 500
BY_PEOPLE = or_(
    Decision.source == Source.MODERATOR, and_(Decision.source == Source.SITE, Comment.imported_at.is_not(None))
)


def texts(session: Session, site_id: str, /) -> Iterator[dict[str, Any]]:
    """Yield a row for each comment whose status is a decision of people: text, rejected (1 or 0), source, word."""
    after = ""
    while comments := _page(session, site_id, after):
        after = comments[-1].id
        decided = _decided(session, [comment.id for comment in comments])
        for comment in comments:
            if comment.id in decided:
                source, reasons = decided[comment.id]
                yield {
                    "text": comment.text,
                    "rejected": int(comment.status is CommentStatus.REJECTED),
                    "source": "moderator" if source is Source.MODERATOR else "import",
                    "word": reasons[0].get("word", "") if reasons else "",
                }


def _page(session: Session, site_id: str, after: str) -> Sequence[Row[str, str, CommentStatus]]:
    return session.execute(
        select(Comment.id, Comment.text, Comment.status)
        .where(Comment.site_id == site_id, Comment.id > after, Comment.erased_at.is_(None), Comment.text != "")
        .where(Comment.status.in_((CommentStatus.APPROVED, CommentStatus.REJECTED)))
        .order_by(Comment.id)
        .limit(PAGE)
    ).all()


def _decided(session: Session, comment_ids: list[str]) -> dict[str, tuple[Source, list[dict[str, Any]]]]:
    rows = session.execute(
        select(Comment.id, Decision.source, Decision.reasons)
        .join(Comment, and_(Comment.id == Decision.comment_id, Comment.revision == Decision.revision))
        .where(Decision.comment_id.in_(comment_ids), BY_PEOPLE, Decision.to_status == Comment.status, stands())
        .order_by(Decision.created_at, Decision.id)
    )
    return {comment_id: (source, reasons) for comment_id, source, reasons in rows}
