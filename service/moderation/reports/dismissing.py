"""A moderator dismisses all open reports of a comment, whose status stays as it is. Nothing here commits."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.models import Comment, Report
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.decisions import decisions
from service.moderation.reporters import settling


def dismiss_all(session: Session, comment: Comment, /, *, version: int, reports: int, by: Actor) -> int:
    """Settle the comment's open reports as not upheld; return how many there were, and note it where there were any.

    `version` and `reports`, the number of all its reports, are as the moderator saw them: raise Conflict for others.
    """
    # It changes no status, so a replay would not wait for it. A report that is being filed has locked the comment too.
    session.refresh(comment, with_for_update={"key_share": True})
    if comment.version != version:
        raise decisions.stale(comment)
    if session.scalar(select(func.count()).where(Report.comment_id == comment.id)) != reports:
        raise Conflict("More readers have reported this comment since you read it. Read their reports, then decide.")
    dismissed = settling.dismiss(session, comment)
    if dismissed:
        audit_log.record(
            session,
            "reports.dismiss",
            by,
            site_id=comment.site_id,
            subject_kind="comment",
            subject_id=comment.id,
            detail={"reports": dismissed},
        )
    return dismissed
