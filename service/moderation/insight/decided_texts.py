"""Texts with people's verdicts on them, as labels to measure classifiers with: moderators' decisions, here or imported.

Nothing is copied for it: what is erased or expired is no label any more. A rejection says that a comment was not
wanted, not why; `word` is what the system that it came from called it, such as `spam`.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from service.models import Comment, Decision
from service.moderation.insight.counted_decisions import stands
from service.vocabulary import CommentStatus, Source

BY_PEOPLE = or_(
    Decision.source == Source.MODERATOR, and_(Decision.source == Source.SITE, Comment.imported_at.is_not(None))
)


def texts(session: Session, site_id: str, /) -> Iterator[dict[str, Any]]:
    """Yield a row for each comment whose status is a decision of people: text, rejected (1 or 0), source, word."""
    rows = session.execute(
        select(Comment.id, Comment.text, Comment.status, Decision.source, Decision.reasons)
        .join(Comment, and_(Comment.id == Decision.comment_id, Comment.revision == Decision.revision))
        .where(Decision.site_id == site_id, BY_PEOPLE, Decision.to_status == Comment.status, stands())
        .where(Comment.erased_at.is_(None), Comment.text != "")
        .order_by(Comment.id)
        .execution_options(yield_per=500)
    )
    before = ""
    for comment_id, text, status, source, reasons in rows:
        if comment_id == before:  # decided twice in the same way
            continue
        before = comment_id
        yield {
            "text": text,
            "rejected": int(status is CommentStatus.REJECTED),
            "source": "moderator" if source is Source.MODERATOR else "import",
            "word": reasons[0].get("word", "") if reasons else "",
        }
