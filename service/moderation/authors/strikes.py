"""Strikes follow decisions: a rejection gives one, whatever takes the rejection back removes it. Nothing here commits.

Called in the decision's own transaction, after its compare-and-set, so that of two moderators on one comment one alone
gets here. What was rejected for its form alone, or because its author is blocked, is no strike.
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.models import Decision, Strike
from service.vocabulary import CommentStatus, Reason, Source, Verdict

FORM_ALONE = frozenset({Reason.TOO_SHORT, Reason.TOO_LONG, Reason.DUPLICATE, Reason.AUTHOR_BLOCKED})


def follow(session: Session, decision: Decision, author_id: str | None, /) -> None:
    """Give or remove the strike of the comment's text; an undo restores the rejection that was in force before."""
    text = (Strike.comment_id == decision.comment_id, Strike.revision == decision.revision)
    if decision.from_status is CommentStatus.REJECTED:
        session.execute(delete(Strike).where(*text))
    if decision.to_status is not CommentStatus.REJECTED or author_id is None:
        return
    rejection = decision if decision.undoes is None else _restored(session, decision)
    if rejection is None or not is_strike(rejection):
        return
    session.add(
        Strike(
            comment_id=decision.comment_id,
            revision=decision.revision,
            site_id=decision.site_id,
            author_external_id=author_id,
            decision_id=rejection.id,
            created_at=rejection.created_at,
        )
    )
    session.flush()


def is_strike(rejection: Decision, /) -> bool:
    """Whether a rejection counts against its author."""
    if rejection.source is Source.MODERATOR:
        return True
    codes = {reason["code"] for reason in rejection.reasons if reason.get("verdict") == Verdict.REJECT}
    return rejection.source is Source.POLICY and bool(codes - FORM_ALONE)


def _restored(session: Session, decision: Decision) -> Decision | None:
    # The rejection that an approval had overturned before the approval was undone: the newest that is no undo itself.
    return session.scalars(
        select(Decision)
        .where(
            Decision.comment_id == decision.comment_id,
            Decision.revision == decision.revision,
            Decision.to_status == CommentStatus.REJECTED,
            Decision.undoes.is_(None),
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1)
    ).one_or_none()
