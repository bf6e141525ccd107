"""In which order pending comments are claimed: sites take turns, however many comments one of them sends.

Self-clocked fair queueing (Golestani, 1994): a new comment's turn is one step after the last of its site, or after the
comment that is being served, whichever is later. The step is 1 for a site of weight 1 and half of that for weight 2; a
comment that brings a new article, which has to be read first, takes as many steps as that costs comments. A
site that sends thousands at once queues behind itself; a comment of another site comes next. Only pending comments are
looked at, each time one entry of an index.
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, literal_column, select, union_all

from service.db import table
from service.models import Comment, Site
from service.vocabulary import CommentStatus

_site = table(Site).c


def turn_of_next(site_id: Any, steps: Any = 1.0) -> ColumnElement[float]:
    """Return the turn of the site's next comment, as an expression for its row; it weighs as much as `steps` ordinary
    ones. Both are values or parameters.
    """
    comment = table(Comment).alias("earlier").c
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    pending = comment.status == literal_column(f"'{CommentStatus.PENDING.value}'", comment.status.type)
    turn = select(comment.turn).where(pending)
    now_served = turn.order_by(comment.turn).limit(1).subquery()
    last_of_site = turn.where(comment.site_id == site_id).order_by(comment.turn.desc()).limit(1).subquery()
    before = union_all(select(now_served.c.turn), select(last_of_site.c.turn)).subquery()
    latest = select(func.coalesce(func.max(before.c.turn), 0.0)).scalar_subquery()
    weight = select(_site.weight).where(_site.id == site_id).scalar_subquery()
    return latest + cast(steps, Float) / weight
