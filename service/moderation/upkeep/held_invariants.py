"""What must hold over the held comments at any time, as queries that return the ids of what breaks it."""

from typing import Any

from sqlalchemy import case, exists, func, literal_column, select, union
from sqlalchemy.sql import FromClause, Select

from service.models import Comment, HeldReason
from service.moderation.review.queue import held_tally
from service.vocabulary import CommentStatus


def tally_is_off() -> Select[str]:
    """Return the sites for which a number of held comments is not that of a count."""
    lane = case((Comment.escalated_at.is_(None), literal_column("0")), else_=literal_column("1"))
    reason = func.coalesce(Comment.reason, literal_column("''"))
    held = (
        select(Comment.site_id, lane, reason, func.count())
        .where(Comment.status == CommentStatus.HELD)
        .group_by(Comment.site_id, lane, reason)
    )
    of_name = HeldReason.site_id, HeldReason.escalated, HeldReason.name
    named = select(*of_name, func.count()).group_by(*of_name)
    off = [*_differences(held, held_tally.TABLE, "reason"), *_differences(named, held_tally.NAMED, "name")]
    return select(union(*off).subquery().c.site_id)


def reasons_off() -> Select[str]:
    """Return the held comments that are not found by their worst reason, and others that are found by one."""
    named = exists().where(HeldReason.comment_id == Comment.id, HeldReason.name == Comment.reason)
    missing = select(Comment.id).where(Comment.status == CommentStatus.HELD, Comment.reason.is_not(None), ~named)
    left = select(Comment.id).join(HeldReason, HeldReason.comment_id == Comment.id)
    left = left.where(Comment.status != CommentStatus.HELD)
    return select(union(missing, left).subquery().c.id)


def _differences(counted: Any, kept_in: FromClause, name: str) -> list[Select[Any]]:
    kept, total = kept_in.c, func.sum(kept_in.c.held)
    told = select(kept.site_id, kept.escalated, kept[name], total)
    told = told.group_by(kept.site_id, kept.escalated, kept[name]).having(total != 0)
    missing, too_many = counted.except_(told).subquery(), told.except_(counted).subquery()
    return [select(missing.c.site_id), select(too_many.c.site_id)]
