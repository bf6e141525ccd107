"""Which decisions count in a site's figures: the service's own, and moderators' that were not undone.

A moderator who undoes a decision leaves two rows, the decision and its undoing. Neither counts, because no callback was
sent. The undoing always follows its decision directly: a decision followed by another one cannot be undone.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, false, func, select, tuple_
from sqlalchemy.orm import aliased

from service.models import Decision
from service.moderation.decisions.decisions import TAKEN_BACK
from service.moderation.insight.periods import Period
from service.vocabulary import Source

BY_THE_SERVICE = (Source.POLICY, Source.UPKEEP)


def automatic(site_id: str, period: Period, /) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the service's own verdicts within the period."""
    return (Decision.site_id == site_id, period.covers(Decision.created_at), Decision.source.in_(BY_THE_SERVICE))


def stands(decision: Any = Decision, /) -> ColumnElement[bool]:
    """Return the condition that a decision was not undone and does not undo another."""
    after = aliased(Decision)
    # As one look-up for each decision: as a nested NOT EXISTS, PostgreSQL joined three times and took seconds.
    following = (
        select(takes_back(after))
        .where(follows(after, decision))
        .order_by(after.created_at, after.id)
        .limit(1)
        .correlate(decision)
        .scalar_subquery()
    )
    return ~takes_back(decision) & ~func.coalesce(following, false())


def takes_back(decision: Any, /) -> ColumnElement[bool]:
    """Return the condition that a decision undoes another; the site's own reasons have codes of another form."""
    said = func.coalesce(decision.reasons[(0, "code")].as_string(), "")
    return and_(decision.source == Source.MODERATOR, decision.moderator_id.is_not(None), said == TAKEN_BACK)


def number_of(condition: ColumnElement[bool], /) -> ColumnElement[int]:
    """Return the count of rows that meet a condition, 0 where there are none."""
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def follows(later: Any, earlier: Any, /) -> ColumnElement[bool]:
    """Return the condition that one decision was recorded after another, on the same text."""
    after = tuple_(later.created_at, later.id) > tuple_(earlier.created_at, earlier.id)
    return and_(later.comment_id == earlier.comment_id, later.revision == earlier.revision, after)
