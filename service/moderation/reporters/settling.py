"""Reports follow moderators' decisions: a rejection upholds them, an approval does not, an undo opens them again.

Called in the decision's own transaction, after its compare-and-set, as strikes are. The record of each reporter moves
with the outcome of the report, and the site hears of it by callback. Nothing here commits.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, exists, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db import database_now, table
from service.models import Comment, Decision, Report, Reporter, ReportOutcome
from service.models.report import SETTLED
from service.moderation.callbacks import outbox
from service.vocabulary import CommentStatus, Source

OUTCOMES = {
    CommentStatus.APPROVED: ReportOutcome.NOT_UPHELD,
    CommentStatus.REJECTED: ReportOutcome.UPHELD,
}
_reporter = table(Reporter)

Conditions = tuple[ColumnElement[bool], ...]


def follow(session: Session, comment: Comment, decision: Decision, /, *, callback_delay: float = 0) -> None:
    """Settle the reports of the comment's text by a moderator's decision, also those that an earlier one settled.

    The last word counts. Open reports of an earlier text are moot.
    """
    if decision.source is not Source.MODERATOR:
        return
    of_comment = Report.comment_id == decision.comment_id
    if not session.scalar(select(exists().where(of_comment))):
        return
    if decision.undoes is not None:
        for outcome in ReportOutcome:
            undone = (of_comment, Report.decision_id == decision.undoes, Report.outcome_before == outcome)
            _turn(session, undone, outcome, decision_id=None)
        return
    outcome = OUTCOMES[decision.to_status]
    of_text = (of_comment, Report.revision == decision.revision)
    settled = _turn(session, of_text, outcome, decision_id=decision.id)
    earlier = (of_comment, Report.revision < decision.revision, Report.outcome == ReportOutcome.OPEN)
    _turn(session, earlier, ReportOutcome.MOOT, decision_id=decision.id)
    outbox.owe_reports(session, comment, settled, decision_id=decision.id, delay=callback_delay)


def dismiss(session: Session, comment: Comment, /) -> int:
    """Settle all open reports of the comment's text as not upheld, without a decision; return how many were open.

    Those of an earlier text are moot: their reporters may have been right about it.
    """
    still_open = (Report.comment_id == comment.id, Report.outcome == ReportOutcome.OPEN)
    every = session.scalars(select(Report.id).where(*still_open)).all()
    of_text = (*still_open, Report.revision == comment.revision)
    told = _turn(session, of_text, ReportOutcome.NOT_UPHELD, decision_id=None)
    _turn(session, still_open, ReportOutcome.MOOT, decision_id=None)
    outbox.owe_reports(session, comment, told, decision_id=None)
    return len(every)


def close_erased(session: Session, comment_ids: Sequence[str], /) -> None:
    """Close the open reports of comments that are erased: nobody can decide on them any more."""
    still_open = (Report.comment_id.in_(comment_ids), Report.outcome == ReportOutcome.OPEN)
    _turn(session, still_open, ReportOutcome.MOOT, decision_id=None)


def _turn(session: Session, which: Conditions, to: ReportOutcome, *, decision_id: str | None) -> list[str]:
    """Give these reports an outcome, move their reporters' records, and return the ids that the site hears about."""
    for was in ReportOutcome:
        if was is not to and {was, to} & set(SETTLED):
            _move_records(session, (*which, Report.outcome == was), was, to)
    now = session.scalar(select(database_now()))  # one time for all that are settled together
    turned = session.execute(
        update(Report)
        .where(*which, Report.outcome != to)
        .values(
            outcome=to,
            outcome_before=Report.outcome,
            decision_id=decision_id,
            settled_at=None if to is ReportOutcome.OPEN else now,
        )
        .returning(Report.id, Report.from_form)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(report_id for report_id, from_form in turned if not from_form)


def _move_records(session: Session, which: Conditions, was: ReportOutcome, to: ReportOutcome) -> None:
    # One statement for a raid of any size; in one order for all who lock several.
    def change(outcome: ReportOutcome) -> Any:
        return literal((to is outcome) - (was is outcome), Integer)

    c = _reporter.c
    moved = (
        select(Report.site_id, Report.reporter, change(ReportOutcome.UPHELD), change(ReportOutcome.NOT_UPHELD))
        .where(*which, Report.reporter != Report.id)  # nobody's, since the reporter was erased
        .order_by(Report.reporter)
    )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(_reporter).from_select(["site_id", "mark", "upheld", "not_upheld"], moved)
    grown = {name: c[name] + added.excluded[name] for name in ("upheld", "not_upheld")}
    session.execute(added.on_conflict_do_update(index_elements=["site_id", "mark"], set_=grown))
