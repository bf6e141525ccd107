"""The published comments of an article, oldest first, in pages: approved and not erased, nothing else.

A page is read from one partial index, whatever else the article or the site has. Its texts are bounded as well, because
pages stay in memory for a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, or_, select, text
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.db import table
from service.models import Comment
from service.models.comment import PUBLISHED
from service.models.stored_ids import bare
from service.vocabulary import CommentStatus

MOST_COUNTED = 10_000  # comments: beyond them the count stays
LARGEST_PAGE = 256 * 1024  # characters of all texts; one comment alone may have more

_comment, _parent = table(Comment), table(Comment).alias("parent")
_c, _p = _comment.c, _parent.c
_OF_ARTICLE = (_c.article_id == bindparam("article"), text(PUBLISHED))
_PARENT_IS_PUBLISHED = and_(
    _p.id == _c.parent_id,
    _p.article_id == _c.article_id,
    _p.status == literal(CommentStatus.APPROVED, _p.status.type),
    _p.erased_at.is_(None),
)
_LATER = and_(_c.received_at >= bindparam("at"), or_(_c.received_at > bindparam("at"), _c.id > bindparam("after")))
FIRST = (
    select(
        _c.id, _c.external_id, _c.author_name, _c.text, _c.created_at, _c.received_at,
        _p.external_id.label("parent_external_id"),
    )
    .select_from(_comment.outerjoin(_parent, _PARENT_IS_PUBLISHED))
    .where(*_OF_ARTICLE)
    .order_by(_c.received_at, _c.id)
    .limit(bindparam("most"))
)  # fmt: skip
NEXT = FIRST.where(_LATER)
COUNT = select(func.count()).select_from(
    # In the order of the index, so that no planner takes one that has the erased ones too.
    select(_c.id).where(*_OF_ARTICLE).order_by(_c.received_at, _c.id).limit(MOST_COUNTED).subquery()
)


@dataclass(frozen=True)
class Page:
    """Comments as readers see them; `last` is the place of the last one where more follow."""

    comments: list[dict[str, Any]]
    last: tuple[datetime, str] | None


def page(session: Session, article_id: str, /, *, after: tuple[datetime, str] | None, limit: int) -> Page:
    """Return up to `limit` published comments of the article's row, after the place of the page before."""
    bound: Mapping[str, Any] = {"article": article_id, "most": limit + 1}
    if after is None:
        rows = session.execute(FIRST, bound).all()
    else:
        rows = session.execute(NEXT, {**bound, "at": after[0], "after": after[1]}).all()
    shown: list[Any] = []
    size = 0
    for row in rows[:limit]:
        size += len(row.text)
        if shown and size > LARGEST_PAGE:
            break
        shown.append(row)
    more = len(shown) < len(rows)
    return Page([_shown(row) for row in shown], (shown[-1].received_at, shown[-1].id) if more else None)


def count(session: Session, article_id: str, /) -> int:
    """Return how many published comments the article has, `MOST_COUNTED` at most."""
    return session.scalar(COUNT, {"article": article_id}) or 0


def is_published(comment: Comment, /) -> bool:
    """Whether readers see the comment now."""
    return comment.status is CommentStatus.APPROVED and comment.erased_at is None


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": bare(row.external_id),
        "parent": bare(row.parent_external_id),
        "author": row.author_name,
        "text": row.text,
        "created_at": rfc3339(row.created_at or row.received_at),
    }


NOTHING = Page([], None)
