"""The languages in which held comments are written, for those who choose one of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Comment
from service.moderation.review.queue import index_hints
from service.moderation.review.queue.queue_filter import QueueFilter
from service.moderation.review.queue.queue_statements import matching

MOST = 60


def of_site(session: Session, site_id: str, /, *, escalated: bool = False) -> list[str]:
    """Return up to `MOST` tags of languages that the comments of a lane were read as, in their order."""
    lane = QueueFilter(escalated=escalated)
    read = matching(select(Comment.language_read), site_id, lane, whole=True).where(Comment.language_read.is_not(None))
    if escalated:  # whose index has no languages, and which is short
        read = index_hints.for_count(read.distinct().order_by(Comment.language_read).limit(MOST), lane)
        return list(session.scalars(read))
    read = index_hints.for_count(read, QueueFilter(language="any")).order_by(Comment.language_read).limit(1)
    found: list[str] = []
    # From one to the next: DISTINCT would read the index to its end.
    while len(found) < MOST and (tag := session.scalar(read.where(Comment.language_read > (found or [""])[-1]))):
        found.append(tag)
    return found
