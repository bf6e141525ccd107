"""Which held comment a moderator reads next: the first of their queue that no other moderator is deciding on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Comment
from service.moderation.review.queue import queue, queue_cursor
from service.moderation.review.queue.queue_filter import QueueFilter
from service.moderation.review.queue.queue_statements import order_of

PAGES = 8  # that are looked through; so many reserved comments at once would take two hundred moderators


def next_free(
    session: Session, site_id: str, chosen: QueueFilter, /, *, moderator_id: str, after: str | None = None
) -> str | None:
    """Return the id of the first such comment, with `after` of the first one behind that; None if there is none."""
    position = _position(session, site_id, chosen, after) if after else ""
    for _ in range(PAGES):
        rows = queue.page(session, site_id, chosen, after=position)
        for row in rows:
            if row.holder_id in (None, moderator_id):
                return row.id
        if len(rows) < queue.PAGE:
            return None
        position = rows[-1].position
    return None


def _position(session: Session, site_id: str, chosen: QueueFilter, comment_id: str) -> str:
    column = order_of(chosen.order)[0]
    key = session.scalar(select(column).where(Comment.site_id == site_id, Comment.id == comment_id))
    return "" if key is None else queue_cursor.encoded(key, comment_id)
