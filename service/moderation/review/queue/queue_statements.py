"""The review queue's conditions and order as SQL, for the statements of `service.moderation.review.queue.queue`.

They carry the site and the lane as the partial indexes of `comment` spell it (`HELD`). A reason or an attribute is
asked of `held_reason`, which has every reason of a held comment.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, select, text, tuple_
from sqlalchemy.orm import aliased

from service.db import database_now
from service.models import Article, Comment, HeldReason
from service.models.comment import ESCALATED, HELD
from service.moderation.review.queue import queue_cursor
from service.moderation.review.queue.queue_filter import Order, QueueFilter

OF_REASON, OF_ATTRIBUTE = aliased(HeldReason, name="of_reason"), aliased(HeldReason, name="of_attribute")
COLUMNS = {
    Order.OLDEST: ("received_at", False),
    Order.NEWEST: ("received_at", True),
    Order.SEVERE: ("severity", True),
    Order.UNCERTAIN: ("uncertainty", True),
    Order.MILD: ("severity", False),
    Order.REPORTED: ("reported", True),
}


def named(chosen: QueueFilter, /) -> list[tuple[Any, str]]:
    """Return the names that the filter asks for, each with what it is asked of."""
    asked = ((OF_REASON, chosen.reason), (OF_ATTRIBUTE, chosen.attribute))
    return [(kind, name) for kind, name in asked if name]


def matching(
    statement: Any,
    site_id: str,
    chosen: QueueFilter,
    /,
    *,
    words: ColumnElement[bool] | None = None,
    whole: bool = False,
) -> Any:
    """Return the statement on `comment` with the filter's conditions but for its text, whose condition is `words`.

    `whole` is for statements that read all that matches. A row of `held_reason` says that its comment is held. A page
    does not ask again, where no index of `comment` is wanted: PostgreSQL would expect few of the rows to pass, and
    read them all.
    """
    statement = statement.select_from(Comment)
    for kind, name in named(chosen):
        statement = statement.join(kind, and_(kind.comment_id == Comment.id, *_has_name(kind, name, site_id, chosen)))
    where = _has_score(chosen)
    is_of_comment = chosen.article or chosen.author or chosen.language or (where and not chosen.attribute)
    is_of_comment = is_of_comment or chosen.order is Order.REPORTED
    if whole or not named(chosen) or is_of_comment:
        lane = text(_qualified(ESCALATED if chosen.escalated else HELD))
        statement = statement.where(lane, Comment.site_id == site_id)
    if chosen.author:
        where.append(Comment.author_external_id == chosen.author)
    if chosen.language:
        where.append(Comment.language_read == chosen.language)
    if chosen.waited_hours is not None:
        where.append(Comment.received_at <= database_now(-3600.0 * chosen.waited_hours))
    if words is not None:
        where.append(words)
    if chosen.article:
        known = select(Article.id).where(Article.site_id == site_id, Article.external_id == chosen.article)
        where.append(Comment.article_id == known.scalar_subquery())
    return statement.where(*where)


def matching_names(statement: Any, site_id: str, chosen: QueueFilter, /) -> Any:
    """Return the statement on `held_reason` alone, for a filter that `is_of_names`."""
    ((kind, name),) = named(chosen)
    return statement.select_from(kind).where(*_has_name(kind, name, site_id, chosen), *_has_score(chosen))


def score_of(chosen: QueueFilter, /) -> Any:
    """Return the score that the filter is about: the attribute's, else that of the worst reason."""
    return OF_ATTRIBUTE.score if chosen.attribute else Comment.score


def in_order(statement: Any, chosen: QueueFilter, after: str, /, *, leading: Any) -> Any:
    """Return the statement in the filter's order from the position `after` on, by columns of the table `leading`."""
    leading = Comment if chosen.order is Order.REPORTED else leading  # only `comment` has that column
    column, backwards = order_of(chosen.order, leading)
    number = leading.id if leading is Comment else leading.comment_id
    if after:
        is_time = COLUMNS[chosen.order][0] == "received_at"
        position, here = tuple_(*queue_cursor.decoded(after, is_time=is_time)), tuple_(column, number)
        statement = statement.where(here < position if backwards else here > position)
    return statement.order_by(*((column.desc(), number.desc()) if backwards else (column, number)))


def order_of(order: Order, leading: Any = Comment, /) -> tuple[Any, bool]:
    """Return the column that orders the queue, and whether its highest value comes first."""
    name, backwards = COLUMNS[order]
    return getattr(leading, name), backwards


def _has_name(kind: Any, name: str, site_id: str, chosen: QueueFilter) -> tuple[ColumnElement[bool], ...]:
    return kind.site_id == site_id, kind.escalated == int(chosen.escalated), kind.name == name


def _has_score(chosen: QueueFilter) -> list[ColumnElement[bool]]:
    score = score_of(chosen)
    where: list[ColumnElement[bool]] = []
    if chosen.score_from is not None:
        where.append(score >= chosen.score_from)
    if chosen.score_to is not None:
        where.append(score <= chosen.score_to)
    return where


def _qualified(lane: str) -> str:
    # SQLite and PostgreSQL match a partial index also when the condition names the table.
    return lane.replace("status", "comment.status").replace("escalated_at", "comment.escalated_at")
