"""Appeals: an author objects to a rejection and another moderator decides again. Nothing here commits.

A moderator never decides on an appeal against their own decision. What the policy rejected by itself any moderator may
decide on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.db import add_or_find, database_now
from service.errors import Conflict, Forbidden, NotFound
from service.models import Appeal, AppealState, Comment, Decision, Moderator
from service.moderation import actors, audit_log
from service.moderation.actors import Actor
from service.moderation.decisions import decisions
from service.moderation.judgement.reason_texts import APPROVED_ON_APPEAL
from service.vocabulary import CommentStatus, Verdict

LONGEST_ANSWER = 2_000


@dataclass(frozen=True)
class AppealCase:
    """An appeal with the comment and the rejection it is about."""

    appeal: Appeal
    comment: Comment
    decision: Decision


def lodge(session: Session, comment: Comment, text: str, /, *, by: Actor) -> tuple[Appeal, bool]:
    """Open an appeal against the comment's rejection and return it with whether it is new; asking twice opens one.

    Raise Conflict where the comment is not rejected, or was erased.
    """
    if comment.status is not CommentStatus.REJECTED or comment.erased_at is not None:
        raise Conflict("Only a rejected comment can be appealed for.", status_now=comment.status.value)
    rejection = last_rejection(session, comment)
    assert rejection is not None, comment.id
    appeal = Appeal(
        site_id=comment.site_id,
        comment_id=comment.id,
        decision_id=rejection.id,
        first_moderator_id=rejection.moderator_id,
        text=text,
    )
    same = select(Appeal).where(Appeal.decision_id == rejection.id)
    appeal, is_new = add_or_find(session, appeal, lambda: session.scalar(same))
    if is_new:
        _note(session, "appeal.lodged", by, appeal)
    return appeal, is_new


def last_rejection(session: Session, comment: Comment, /) -> Decision | None:
    """Return the decision that rejected the comment last, None where none did."""
    made = select(Decision).where(Decision.comment_id == comment.id, Decision.to_status == CommentStatus.REJECTED)
    return session.scalars(made.order_by(Decision.created_at.desc(), Decision.id.desc()).limit(1)).first()


def of_comment(session: Session, comment: Comment, /) -> list[Appeal]:
    """Return the comment's appeals, oldest first."""
    return list(session.scalars(select(Appeal).where(Appeal.comment_id == comment.id).order_by(Appeal.created_at)))


def cases(session: Session, site_id: str, /, *, is_open: bool = True, limit: int = 50) -> Sequence[AppealCase]:
    """Return open appeals, oldest first, or closed ones, latest first."""
    statement = (
        select(Appeal, Comment, Decision)
        .join(Comment, Comment.id == Appeal.comment_id)
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(Appeal.site_id == site_id)
        .limit(limit)
    )
    if is_open:
        statement = statement.where(Appeal.state == AppealState.OPEN).order_by(Appeal.created_at)
    else:
        statement = statement.where(Appeal.state != AppealState.OPEN).order_by(Appeal.decided_at.desc())
    return [AppealCase(appeal, comment, decision) for appeal, comment, decision in session.execute(statement)]


def count_open(session: Session, site_id: str, /) -> int:
    """Return how many appeals wait."""
    statement = select(func.count()).where(Appeal.site_id == site_id, Appeal.state == AppealState.OPEN)
    return session.scalar(statement) or 0


def decide(
    session: Session, site_id: str, moderator: Moderator, appeal_id: str, /, *, overturn: bool, answer: str = ""
) -> Appeal:
    """Uphold or overturn the rejection; an overturn approves the comment, with its own decision and callback.

    Raise Forbidden for an appeal against the own decision, Conflict if it is decided or the comment has changed.
    """
    by = actors.of_moderator(moderator)
    appeal = session.get(Appeal, appeal_id)
    if appeal is None or appeal.site_id != site_id:
        raise NotFound("There is no such appeal at this site.")
    if appeal.first_moderator_id == moderator.id:
        raise Forbidden("You rejected this comment yourself; another moderator must decide on the appeal.")
    # Locked, for an appeal that is upheld changes no status: a replay would not notice it.
    comment = session.get_one(Comment, appeal.comment_id, with_for_update={"key_share": True})
    moved_on = comment.status is not CommentStatus.REJECTED or comment.erased_at is not None
    state = AppealState.MOOT if moved_on else AppealState.OVERTURNED if overturn else AppealState.UPHELD
    closed = session.scalars(
        update(Appeal)
        .where(Appeal.id == appeal_id, Appeal.state == AppealState.OPEN)
        .values(
            state=state,
            moderator_id=moderator.id,
            actor=by.name,
            answer=answer.strip()[:LONGEST_ANSWER],
            decided_at=database_now(),
        )
        .returning(Appeal.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not closed:
        raise Conflict("Another moderator has already decided on this appeal.")
    if state is AppealState.OVERTURNED:
        decisions.record_moderator(
            session,
            comment,
            Verdict.APPROVE,
            expected_version=comment.version,
            by=by,
            reason="appeal",
            statement={"text": APPROVED_ON_APPEAL.text},
            note=answer.strip()[:LONGEST_ANSWER],
        )
    session.refresh(appeal)
    _note(session, f"appeal.{state.value}", by, appeal)
    return appeal


def _note(session: Session, act: str, actor: Actor, appeal: Appeal) -> None:
    audit_log.record(
        session,
        act,
        actor,
        site_id=appeal.site_id,
        subject_kind="appeal",
        subject_id=appeal.id,
        detail={"comment": appeal.comment_id},
    )
