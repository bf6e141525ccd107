"""Strikes follow decisions: a rejection gives one, whatever takes the rejection back removes it. Nothing here commits.

Called in the decision's own transaction, after its compare-and-set, so that of two moderators on one comment one alone
gets here. What was rejected for its form alone, or because its author is blocked, is no strike.
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.models import Decision, Strike
from service.vocabulary import CommentStatus, Reason, Source, Verdict

FORM_ALONE = frozenset({Reason.TOO_SHORT, Reason.TOO_LONG, Reason.DUPLICATE, Reason.AUTHOR_BLOCKED})


def follow(session: Session, decision: Decision, author_id: str | None, /, *, takes_back: bool) -> None:
    """Give or remove the strike of the comment's text; `takes_back`: the decision restores the one before the last."""
    text = (Strike.comment_id == decision.comment_id, Strike.revision == decision.revision)
    if decision.from_status is CommentStatus.REJECTED:
        session.execute(delete(Strike).where(*text))
    if decision.to_status is not CommentStatus.REJECTED or author_id is None:
        return
    rejection = _restored(session, decision) if takes_back else decision
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
    grounds = {reason["code"] for reason in rejection.reasons if reason.get("verdict") == Verdict.REJECT}
    return rejection.source is Source.POLICY and bool(grounds - FORM_ALONE)


def _restored(session: Session, decision: Decision) -> Decision | None:
    # The rejection that an approval had overturned before the approval was taken back: the newest that was no undoing.
    earlier = session.scalars(
        select(Decision)
        .where(
            Decision.comment_id == decision.comment_id,
            Decision.revision == decision.revision,
            Decision.to_status == CommentStatus.REJECTED,
            Decision.id != decision.id,
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
    )
    undoing = decision.reasons[0]["code"]
    return next((one for one in earlier if all(reason["code"] != undoing for reason in one.reasons)), None)
