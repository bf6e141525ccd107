"""What people decided about a comment without changing its status, so that no decision says so; a replay respects it.

A rejection that a moderator upheld on appeal; a decided legal notice, whose notifier has been answered. Both count for
the text that they were about. While a legal notice is open, a replay does not publish the comment: a lead decides.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Appeal, AppealState, Comment, Decision, LegalNotice, LegalNoticeState


@dataclass(frozen=True)
class PeoplesWord:
    """Comments that people decided so, and comments whose legal notice waits for a lead."""

    decided: frozenset[str]
    waiting: frozenset[str]


def of_comments(session: Session, comment_ids: Collection[str], /) -> PeoplesWord:
    """Return what people said of these comments' present texts."""
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
    is_open = LegalNotice.comment_id.in_(comment_ids), LegalNotice.state == LegalNoticeState.OPEN
    return PeoplesWord(
        decided=_ids(session.scalars(upheld)) | _ids(session.scalars(answered)),
        waiting=_ids(session.scalars(select(LegalNotice.comment_id).where(*is_open))),
    )


def _ids(found: Iterable[str | None]) -> frozenset[str]:
    return frozenset(comment_id for comment_id in found if comment_id is not None)
