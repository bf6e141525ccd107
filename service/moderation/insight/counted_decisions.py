"""Which decisions count in a site's figures: the service's own, and moderators' that were not undone.

A moderator who undoes a decision leaves two rows: the decision, and one that names it in `undoes`. Neither counts,
because no callback was sent.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import aliased

from service.models import Decision
from service.moderation.insight.periods import Period
from service.vocabulary import BY_THE_SERVICE


def automatic(site_id: str, period: Period, /) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the service's own verdicts within the period."""
    return (Decision.site_id == site_id, period.covers(Decision.created_at), Decision.source.in_(BY_THE_SERVICE))


def stands(decision: Any = Decision, /) -> ColumnElement[bool]:
    """Return the condition that a decision was not undone and does not undo another."""
    undo = aliased(Decision)
    # As one look-up for each decision: as a nested NOT EXISTS, PostgreSQL joined three times and took seconds.
    undone_by = select(undo.id).where(undo.undoes == decision.id).correlate(decision).scalar_subquery()
    return and_(decision.undoes.is_(None), undone_by.is_(None))


def number_of(condition: ColumnElement[bool], /) -> ColumnElement[int]:
    """Return the count of rows that meet a condition, 0 where there are none."""
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def follows(later: Any, earlier: Any, /) -> ColumnElement[bool]:
    """Return the condition that one decision was recorded after another, on the same text."""
    after = tuple_(later.created_at, later.id) > tuple_(earlier.created_at, earlier.id)
    return and_(later.comment_id == earlier.comment_id, later.revision == earlier.revision, after)
