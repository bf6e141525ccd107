"""The reports of a comment as moderators and the site's software read them. Reads only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from service.models import Comment, Report, Reporter, ReportOutcome
from service.moderation.reports.weights import KNOWN_FROM, Record, weight

SHOWN = 10  # reports on a comment's page


@dataclass(frozen=True)
class Shown:
    """One report with the record of its reporter's other reports."""

    report: Report
    record: Record

    @property
    def counts_alone(self) -> bool:
        """Whether the reporter's reports count in full, not only as one of a crowd."""
        return weight(self.record) >= KNOWN_FROM


@dataclass(frozen=True)
class Reports:
    """The reports of a comment: some, open ones and those of known reporters first, and counts of all."""

    shown: Sequence[Shown]
    total: int
    open: int
    kinds: Mapping[str, int]  # of open ones
    rest_tells_nothing: bool  # the others have no words, and no record behind them

    @property
    def rest(self) -> int:
        """How many there are beside those shown."""
        return self.total - len(self.shown)

    @property
    def is_a_crowd(self) -> bool:
        """Whether there are open reports and none of them counts alone."""
        return self.open > 0 and not any(
            one.counts_alone for one in self.shown if one.report.outcome is ReportOutcome.OPEN
        )


def of_comment(session: Session, comment: Comment, /, *, limit: int = SHOWN, telling: bool = False) -> Reports:
    """Return the reports of the comment, also of its earlier texts; `telling` shows only those that tell something."""
    counted = session.execute(
        select(Report.outcome, Report.kind, func.count())
        .where(Report.comment_id == comment.id)
        .group_by(Report.outcome, Report.kind)
    ).all()
    if not counted:
        return Reports((), 0, 0, {}, rest_tells_nothing=True)
    upheld = func.coalesce(Reporter.upheld, 0)
    statement = (
        select(Report, upheld, func.coalesce(Reporter.not_upheld, 0))
        .outerjoin(Reporter, (Reporter.site_id == Report.site_id) & (Reporter.mark == Report.reporter))
        .where(Report.comment_id == comment.id)
        .order_by(
            case((Report.outcome == ReportOutcome.OPEN, 0), else_=1),
            upheld.desc(),
            Report.words == "",
            Report.created_at,
            Report.id,
        )
        .limit(limit)
    )
    if telling:
        statement = statement.where(or_(Report.words != "", Reporter.mark.is_not(None)))
    rows = [Shown(report, _without(report, *counts)) for report, *counts in session.execute(statement)]
    kinds = Counter({kind: count for outcome, kind, count in counted if outcome is ReportOutcome.OPEN})
    return Reports(
        shown=rows,
        total=sum(count for _, _, count in counted),
        open=kinds.total(),
        kinds=dict(kinds.most_common()),
        rest_tells_nothing=telling and len(rows) < limit,
    )


def _without(report: Report, upheld: int, not_upheld: int) -> Record:
    # A record counts each settled report, so also the one that it is shown beside. An erased reporter has no record.
    upheld -= report.outcome is ReportOutcome.UPHELD
    not_upheld -= report.outcome is ReportOutcome.NOT_UPHELD
    return Record(max(upheld, 0), max(not_upheld, 0))
