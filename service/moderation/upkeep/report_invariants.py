"""What must hold for readers' reports at any time, as queries for what breaks it; see `invariants`."""

from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.sql import Select

from service.models import Comment, Decision, Report, Reporter, ReportOutcome
from service.vocabulary import CommentStatus, Source


def held_by_readers() -> Select[str]:
    """Return decisions of readers that do anything but ask a human about a published comment."""
    asks = and_(Decision.from_status == CommentStatus.APPROVED, Decision.to_status == CommentStatus.HELD)
    return select(Decision.id).where(Decision.source == Source.READERS, ~asks)


def records_off() -> Select[str]:
    """Return the marks of reporters whose record is not that of a count."""

    def counted(outcome: ReportOutcome) -> Any:
        return func.coalesce(func.sum(case((Report.outcome == outcome, 1), else_=0)), 0)

    theirs = (Report.site_id == Reporter.site_id) & (Report.reporter == Reporter.mark)
    return (
        select(Reporter.mark)
        .outerjoin(Report, theirs)
        .group_by(Reporter.site_id, Reporter.mark, Reporter.upheld, Reporter.not_upheld)
        .having(
            or_(
                counted(ReportOutcome.UPHELD) != Reporter.upheld,
                counted(ReportOutcome.NOT_UPHELD) != Reporter.not_upheld,
            )
        )
    )


def words_left() -> Select[str]:
    """Return the comments that were erased and whose reports still have words."""
    return (
        select(Comment.id)
        .join(Report, Report.comment_id == Comment.id)
        .where(Comment.erased_at.is_not(None), Report.words != "")
    )
