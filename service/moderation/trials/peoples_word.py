"""What people decided about a comment without changing its status, so that no decision says so; a replay respects it.

A rejection that a moderator upheld on appeal; a decided legal notice, whose notifier has been answered; reports that a
moderator dismissed, so that the comment stays published. Each counts for the text that it was about. While a legal
notice is open, a replay does not publish the comment: a lead decides. Nor does it publish a later text of a comment
that a person kept down: the findings say so only if that was before the text was judged.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Appeal, AppealState, Comment, Decision, LegalNotice, LegalNoticeState, Report, ReportOutcome
from service.moderation.decisions import kept_down
from service.vocabulary import CommentStatus


@dataclass(frozen=True)
class PeoplesWord:
    """Comments that people decided so, whose legal notice waits for a lead, or that a person kept down."""

    decided: frozenset[str]
    waiting: frozenset[str]
    kept_down: Mapping[str, str]  # with the reason; an earlier text counts too

    @property
    def unpublished(self) -> frozenset[str]:
        """The comments that no replay publishes."""
        return self.decided | self.waiting | self.kept_down.keys()


def of_comments(session: Session, comment_ids: Collection[str], /) -> PeoplesWord:
    """Return what people said of these comments."""
    upheld = (
        select(Appeal.comment_id)
        .join(Comment, Comment.id == Appeal.comment_id)
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(Appeal.comment_id.in_(comment_ids), Appeal.state == AppealState.UPHELD)
        .where(Decision.revision == Comment.revision)
    )
    answered = (
        select(LegalNotice.comment_id)
        .join(Comment, Comment.id == LegalNotice.comment_id)
        .where(LegalNotice.comment_id.in_(comment_ids), LegalNotice.decided_at >= Comment.pending_since)
    )
    then = (  # its status when they were dismissed
        select(Decision.to_status)
        .where(Decision.comment_id == Report.comment_id, Decision.revision == Report.revision)
        .where(Decision.created_at <= Report.settled_at)
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    # By no decision: a moderator dismissed them. Of a comment that was published then, this says that it may stay.
    dismissed = (
        select(Report.comment_id)
        .join(Comment, Comment.id == Report.comment_id)
        .where(Report.comment_id.in_(comment_ids), Report.revision == Comment.revision)
        .where(Report.outcome == ReportOutcome.NOT_UPHELD, Report.decision_id.is_(None))
        .where(then == CommentStatus.APPROVED)
        .distinct()
    )
    is_open = LegalNotice.comment_id.in_(comment_ids), LegalNotice.state == LegalNoticeState.OPEN
    return PeoplesWord(
        decided=frozenset[str]().union(*(_ids(session.scalars(said)) for said in (upheld, answered, dismissed))),
        waiting=_ids(session.scalars(select(LegalNotice.comment_id).where(*is_open))),
        kept_down=kept_down.of_comments(session, comment_ids),
    )


def _ids(found: Iterable[str | None]) -> frozenset[str]:
    return frozenset(comment_id for comment_id in found if comment_id is not None)
