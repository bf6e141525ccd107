"""Appeals that authors made over a period, and what became of them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Appeal, AppealState
from service.moderation.insight.counts.periods import Period


@dataclass(frozen=True, kw_only=True)
class AppealsMade:
    """How many appeals were made, how many of them are open, and how many led to an approval."""

    made: int
    open: int
    overturned: int


def count(session: Session, site_id: str, period: Period, /) -> AppealsMade:
    """Count the appeals that were made in the period, by their state now."""
    rows = session.execute(
        select(Appeal.state, func.count())
        .where(Appeal.site_id == site_id, period.covers(Appeal.created_at))
        .group_by(Appeal.state)
    )
    found: dict[AppealState, int] = dict(rows.all())
    return AppealsMade(
        made=sum(found.values()), open=found.get(AppealState.OPEN, 0), overturned=found.get(AppealState.OVERTURNED, 0)
    )
