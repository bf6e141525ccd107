"""A moderator dismisses all open reports of a comment, whose status stays as it is. Nothing here commits."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Comment
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.reporters import settling


def dismiss_all(session: Session, comment: Comment, /, *, by: Actor) -> int:
    """Settle the comment's open reports as not upheld; return how many there were, and note it where there were any."""
    # It changes no status, so a replay would not wait for it.
    session.execute(select(Comment.id).where(Comment.id == comment.id).with_for_update(key_share=True))
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
