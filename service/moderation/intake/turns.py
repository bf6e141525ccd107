"""In which order pending comments are claimed: sites take turns, however many comments one of them sends.

Self-clocked fair queueing (Golestani, 1994): a new comment's turn is one step after the last of its site, or after the
comment that is being served, whichever is later. The step is 1 for a site of weight 1 and half of that for weight 2; a
comment that brings a new article, which has to be read first, takes as many steps as that costs comments. A
site that sends thousands at once queues behind itself; a comment of another site comes next. Only pending comments are
looked at, each time one entry of an index.

Imported comments have turns of their own, from `BEHIND` on: they give way to every other comment, their own site's too,
and an archive of a million delays nobody. Among themselves the sites take turns in the same way.
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from service.db import table
from service.models import Comment, Site
from service.vocabulary import CommentStatus

BEHIND = 1e12  # no other comment gets there: the turns begin anew whenever nothing waits
_site = table(Site).c


def turn_of_next(site_id: Any, steps: Any = 1.0) -> ColumnElement[Any]:
    """Return the turn of the site's next comment, as an expression for its row; it weighs as much as `steps` ordinary
    ones. Both are values or parameters.
    """
    return _latest(site_id, behind=False) + _step(site_id, steps)


def turns_behind(session: Session, site_id: str, count: int, /) -> list[float]:
    """Return the turns of the site's next `count` imported comments."""
    latest, step = session.execute(select(_latest(site_id, behind=True), _step(site_id))).one()
    return [latest + number * step for number in range(1, count + 1)]


def _step(site_id: Any, steps: Any = 1.0) -> ColumnElement[Any]:
    weight = select(_site.weight).where(_site.id == site_id).scalar_subquery()
    return cast(steps, Float) / weight


def _latest(site_id: Any, *, behind: bool) -> ColumnElement[float]:
    """Return the turn that is being served, or the last one of the site if that is later."""
    comment = table(Comment).alias("earlier").c
    # Written into the statement, not bound: SQLite uses a partial index only for a condition it can read.
    pending = comment.status == literal_column(f"'{CommentStatus.PENDING.value}'", comment.status.type)
    # Written into the statement too: PostgreSQL plans a range by its bounds.
    edge = literal_column(f"{BEHIND:.0f}", comment.turn.type)
    turn = select(comment.turn).where(pending, comment.turn >= edge if behind else comment.turn < edge)
    now_served = turn.order_by(comment.turn).limit(1).subquery()
    last_of_site = turn.where(comment.site_id == site_id).order_by(comment.turn.desc()).limit(1).subquery()
    before = union_all(select(now_served.c.turn), select(last_of_site.c.turn)).subquery()
    return select(func.coalesce(func.max(before.c.turn), BEHIND if behind else 0.0)).scalar_subquery()
