"""Second looks: another moderator judges a share of the decisions again without knowing the first verdict.

They measure how far moderators agree (Cohen's kappa), overall and for each reason a comment was held; they change no
verdict. Which decisions are drawn depends on their random id alone, so that it cannot be known in advance.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict, NotFound
from service.models import Comment, Decision, Moderator, SecondLook
from service.vocabulary import CommentStatus, Verdict


@dataclass(frozen=True)
class SecondLookResult:
    """Whether the second agrees with the first, and what the first had said."""

    agrees: bool
    first: Verdict


def is_drawn(decision_id: str, percent: int, /) -> bool:
    """Whether the lot falls on this decision."""
    return int.from_bytes(hashlib.sha256(decision_id.encode()).digest()[:4]) % 100 < percent


def draw(session: Session, comment: Comment, decision: Decision, /, *, percent: int) -> bool:
    """Put a decision on a held comment up for a second look, if the lot falls on it."""
    if decision.from_status is not CommentStatus.HELD:
        return False
    if not is_drawn(decision.id, percent):
        return False
    session.add(
        SecondLook(
            site_id=comment.site_id,
            comment_id=comment.id,
            decision_id=decision.id,
            reason=comment.reason or "",
            first_moderator_id=decision.moderator_id,
            first_verdict=decision.verdict,
        )
    )
    return True


def next_for(session: Session, site_id: str, moderator_id: str, /) -> tuple[SecondLook, Comment] | None:
    """Return the oldest open look at another moderator's decision, if neither the decision nor the text has changed."""
    row = session.execute(
        select(SecondLook, Comment)
        .join(Comment, Comment.id == SecondLook.comment_id)
        .join(Decision, Decision.id == SecondLook.decision_id)
        .where(
            SecondLook.site_id == site_id,
            SecondLook.looked_at.is_(None),
            SecondLook.first_moderator_id.is_distinct_from(moderator_id),
            Comment.status == Decision.to_status,
            Comment.revision == Decision.revision,
            Comment.erased_at.is_(None),
        )
        .order_by(SecondLook.created_at)
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def record(session: Session, site_id: str, moderator: Moderator, look_id: str, verdict: Verdict, /) -> SecondLookResult:
    """Record the second verdict; raise NotFound for the own decision, Conflict if another moderator was first."""
    look = session.get(SecondLook, look_id)
    if look is None or look.site_id != site_id or look.first_moderator_id == moderator.id:
        raise NotFound("There is no such second look for you here.")
    closed = session.scalars(
        update(SecondLook)
        .where(SecondLook.id == look_id, SecondLook.looked_at.is_(None))
        .values(second_moderator_id=moderator.id, second_verdict=verdict, looked_at=database_now())
        .returning(SecondLook.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not closed:
        raise Conflict("Another moderator has already taken this second look.")
    return SecondLookResult(look.first_verdict is verdict, look.first_verdict)
