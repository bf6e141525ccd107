"""What one moderator decided at a site, newest first, and what of it can still be undone. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Comment, Decision, ReviewAction, ReviewActionComment

PAGE = 50

Place = tuple[datetime, str]  # when it was made, id


@dataclass(frozen=True)
class OwnDecision:
    """A decision with its comment. `action` can still be undone; it decided on `of_action` comments."""

    decision: Decision
    comment: Comment
    action: str | None
    of_action: int
    undone: bool

    @property
    def stands(self) -> bool:
        """Whether the comment still has the status that this decision gave it."""
        return not self.undone and self.comment.status is self.decision.to_status


def page(
    session: Session, site_id: str, moderator_id: str, /, *, after: Place | None = None, limit: int = PAGE
) -> tuple[Sequence[OwnDecision], Place | None]:
    """Return up to `limit` decisions that come after a place, and where the next page begins; undoing is none."""
    statement = (
        select(Decision, Comment, ReviewAction, ReviewAction.undo_until > database_now())
        .join(Comment, Comment.id == Decision.comment_id)
        .outerjoin(
            ReviewActionComment,
            (ReviewActionComment.comment_id == Decision.comment_id) & (ReviewActionComment.decision_id == Decision.id),
        )
        .outerjoin(ReviewAction, ReviewAction.id == ReviewActionComment.action_id)
        .where(Decision.moderator_id == moderator_id, Decision.site_id == site_id, Decision.undoes.is_(None))
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(limit + 1)
        .with_hint(Decision, "INDEXED BY ix_decision_moderator", "sqlite")
    )
    if after is not None:
        statement = statement.where(tuple_(Decision.created_at, Decision.id) < tuple_(*after))
    rows = session.execute(statement).all()
    taken_back = set(
        session.scalars(select(Decision.undoes).where(Decision.undoes.in_([decision.id for decision, *_ in rows])))
    )
    found = [
        OwnDecision(
            decision,
            comment,
            action.id if action and in_time and action.undone_at is None else None,
            action.decided if action else 1,
            decision.id in taken_back,
        )
        for decision, comment, action, in_time in rows[:limit]
    ]
    more = (found[-1].decision.created_at, found[-1].decision.id) if len(rows) > limit else None
    return found, more
