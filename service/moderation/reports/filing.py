"""A reader's report comes in: kept once for each reporter and text, and weighed where readers see the comment.

One rule behind the API and the form. Enough weight holds the comment again, through the one gate for every change of
status. Nothing here commits.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from service.db import add_or_find
from service.errors import Conflict, FieldError, Invalid
from service.models import Comment, Report, Reporter, ReportOutcome
from service.moderation import actors, audit_log
from service.moderation.decisions import decisions
from service.moderation.judgement.reason_texts import REPORTED
from service.moderation.policy.policies import ActivePolicy
from service.moderation.reports import weights
from service.moderation.reports.weights import Record
from service.vocabulary import CommentStatus

LONGEST_WORDS = 2_000


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What a reader reports; `reporter` is their mark, `reporter_id` what the CMS calls them."""

    kind: str
    words: str = ""
    reporter: str
    reporter_id: str | None = None
    from_form: bool = False


@dataclass(frozen=True)
class Filed:
    """The report, whether it is new, and whether it brought the comment back to the review queue."""

    report: Report
    is_new: bool
    held: bool = False


def file(session: Session, comment: Comment, policy: ActivePolicy, filing: Filing, /) -> Filed:
    """Keep the report of a comment that the caller has locked; the same reporter's second of a text changes nothing.

    What readers do not see is kept and raises nothing. Raise Invalid for a kind that the site does not take, Conflict
    for a comment that was erased.
    """
    refuse_unknown(filing.kind, policy)
    if comment.erased_at is not None:
        raise Conflict("The comment has been erased, so it cannot be reported.", version=comment.version)
    report = Report(
        site_id=comment.site_id,
        comment_id=comment.id,
        revision=comment.revision,
        kind=filing.kind,
        words=filing.words,
        reporter=filing.reporter,
        reporter_id=filing.reporter_id,
        from_form=filing.from_form,
    )
    same = select(Report).where(
        Report.comment_id == comment.id, Report.revision == comment.revision, Report.reporter == filing.reporter
    )
    report, is_new = add_or_find(session, report, lambda: session.scalar(same))
    session.refresh(report)
    return Filed(report, is_new, held=is_new and hold_if_reported(session, comment, policy))


def refuse_unknown(kind: str, policy: ActivePolicy, /) -> None:
    """Raise Invalid, with the kinds that the site takes, for any other."""
    kinds = policy.rules.report_kinds
    if kind in kinds:
        return
    detail = f"must be one of this site's kinds of report: {', '.join(kinds)}"
    detail = detail if kinds else "no kind is taken: this site takes no reports"
    raise Invalid(
        "This is not one of the site's kinds of report." if kinds else "This site takes no reports.",
        errors=[FieldError("#/kind", "unknown_kind", detail)],
        kinds=list(kinds),
    )


def weight_of(session: Session, comment: Comment, hold_at: float, /) -> float:
    """Return what the open reports of the comment's text weigh together."""
    found = session.execute(
        select(func.coalesce(Reporter.upheld, 0), func.coalesce(Reporter.not_upheld, 0), func.count())
        .select_from(Report)
        .outerjoin(Reporter, (Reporter.site_id == Report.site_id) & (Reporter.mark == Report.reporter))
        .where(*_open(comment))
        .group_by(Reporter.upheld, Reporter.not_upheld)
    )
    return weights.together(
        ((Record(upheld, not_upheld), count) for upheld, not_upheld, count in found), hold_at=hold_at
    )


def hold_if_reported(session: Session, comment: Comment, policy: ActivePolicy, /) -> bool:
    """Hold the comment where readers see it and its reports weigh enough, and return whether they do.

    Each time that moderators let the text be after reports, it takes the threshold once more.
    """
    hold_at = policy.rules.reports_hold_at
    if comment.status is not CommentStatus.APPROVED or hold_at is None:
        return False
    weight = weight_of(session, comment, hold_at)
    if weight < hold_at or weight < hold_at * (1 + _let_be(session, comment)):
        return False
    decisions.record_reports(
        session, comment, weight=round(weight, 4), detail=_said(session, comment), policy_version=policy.version
    )
    audit_log.record(
        session,
        "comment.hold_reported",
        actors.SERVICE,
        site_id=comment.site_id,
        subject_kind="comment",
        subject_id=comment.id,
        detail={"weight": round(weight, 4), "hold_at": hold_at},
    )
    return True


def _let_be(session: Session, comment: Comment) -> int:
    """Return how many times moderators approved the text, or dismissed its reports, after reports."""
    settled = Report.outcome == ReportOutcome.NOT_UPHELD
    times = select(func.count(distinct(Report.settled_at))).where(
        Report.comment_id == comment.id, Report.revision == comment.revision, settled
    )
    return session.scalar(times) or 0


def _said(session: Session, comment: Comment) -> str:
    kinds = session.execute(
        select(Report.kind, func.count()).where(*_open(comment)).group_by(Report.kind).order_by(func.count().desc())
    ).all()
    readers = sum(count for _, count in kinds)
    return REPORTED % {"count": f"{readers:,}", "kinds": ", ".join(kind for kind, _ in kinds)}


def _open(comment: Comment) -> tuple[Any, ...]:
    of_text = Report.comment_id == comment.id, Report.revision == comment.revision
    return (*of_text, Report.outcome == ReportOutcome.OPEN)
