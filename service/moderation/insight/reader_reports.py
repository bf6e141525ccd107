"""Readers' reports over a period: how many came in, and of those settled within it the share that moderators upheld."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Report, ReportOutcome
from service.moderation.insight.counts.periods import Period
from service.moderation.insight.intervals import Share


@dataclass(frozen=True)
class ReaderReports:
    """Reports made within a period, and what was settled within it, whenever it was made."""

    made: int
    upheld: Share


def of_period(session: Session, site_id: str, period: Period, /) -> ReaderReports:
    """Return the counts; a report that was settled twice counts with its last outcome alone."""
    of_site = Report.site_id == site_id
    made = session.scalar(select(func.count()).where(of_site, period.covers(Report.created_at))) or 0
    by_outcome = select(Report.outcome, func.count()).where(of_site, period.covers(Report.settled_at))
    settled = dict(session.execute(by_outcome.group_by(Report.outcome)).all())
    upheld, not_upheld = (settled.get(one, 0) for one in (ReportOutcome.UPHELD, ReportOutcome.NOT_UPHELD))
    return ReaderReports(made, Share(upheld, upheld + not_upheld))
