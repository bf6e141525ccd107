"""What moderators do in the review queue: decide on one or many, take it back as one, hand over to a lead, leave notes.

Callbacks wait for the undo window, so that within it nobody outside is told (`decisions.take_back`). Each act is in the
audit log, in its own transaction. Nothing here commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict, Invalid, NotFound
from service.models import Comment, Decision, Moderator, Note, NoteKind, Reservation, ReviewAction, ReviewActionComment
from service.moderation import audit_log
from service.moderation.audit_log import Actor
from service.moderation.decisions import decisions
from service.moderation.review import reservations, second_looks
from service.vocabulary import CommentStatus, Verdict

GRACE_SECONDS = 3.0  # the click was in time, the request a little late; `outbox.withdraw` still has the last word
LONGEST_NOTE = 4_000


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What is decided: the verdict, a reason's code, what the author is told, a note for the record."""

    verdict: Verdict
    undo_seconds: float  # a setting, `callback_undo_seconds`
    reason: str = ""
    statement: Mapping[str, Any] | None = None
    note: str = ""
    second_look_percent: int = 0  # of the decisions, drawn to be judged again by somebody else


@dataclass(frozen=True)
class Done:
    """The action (None where nothing changed), how many comments it decided, and those it left out with the reason."""

    action: ReviewAction | None
    decided: int
    left_out: tuple[tuple[str, str], ...] = ()


def decide(
    session: Session, site_id: str, moderator: Moderator, comment_id: str, version: int, ruling: Ruling, /
) -> Done:
    """Decide on one comment as seen at `version`; raise Conflict when it moved on or somebody else holds it."""
    comment = require(session, site_id, comment_id)
    if comment.status is CommentStatus.HELD:
        reservations.require_free(session, comment.id, moderator.id)
    action = _begin(session, site_id, moderator, ruling)
    decided = _decide_one(session, action, comment, version, moderator, ruling)
    return _finish(session, action, moderator, decided, ruling.undo_seconds)


def decide_many(
    session: Session,
    site_id: str,
    moderator: Moderator,
    chosen: Sequence[tuple[str, int]],
    ruling: Ruling,
    /,
    *,
    action: ReviewAction | None = None,
) -> Done:
    """Decide on many held comments as one action; those held by others, changed or gone are left out and named."""
    action = action or _begin(session, site_id, moderator, ruling)
    held = set(
        session.scalars(
            select(Reservation.comment_id).where(
                Reservation.comment_id.in_([comment_id for comment_id, _ in chosen]),
                Reservation.moderator_id != moderator.id,
                Reservation.until > database_now(),
            )
        )
    )
    # The site is looked at here: SQLite would rather read all that the site holds than look up these few.
    named = session.scalars(select(Comment).where(Comment.id.in_([comment_id for comment_id, _ in chosen])))
    comments = {comment.id: comment for comment in named if comment.site_id == site_id}
    decided, left_out = 0, []
    for comment_id, version in chosen:
        comment = comments.get(comment_id)
        if comment is None or comment.status is not CommentStatus.HELD:
            left_out.append((comment_id, "already decided"))
        elif comment_id in held:
            left_out.append((comment_id, "reserved by another moderator"))
        elif comment.version != version:
            left_out.append((comment_id, "changed since you read it"))
        else:
            decided += _decide_one(session, action, comment, version, moderator, ruling)
    done = _finish(session, action, moderator, decided, ruling.undo_seconds)
    return Done(done.action, done.decided, tuple(left_out))


def undo(session: Session, site_id: str, moderator: Moderator, action_id: str, /) -> Done:
    """Take back all of one's own action; raise Conflict when its window is over or a comment has moved on."""
    action = session.get(ReviewAction, action_id)
    if action is None or action.site_id != site_id or action.moderator_id != moderator.id:
        raise NotFound("You have no such action at this site.")
    marked = session.scalars(
        update(ReviewAction)
        .where(
            ReviewAction.id == action_id,
            ReviewAction.undone_at.is_(None),
            ReviewAction.undo_until > database_now(-GRACE_SECONDS),
        )
        .values(undone_at=database_now())
        .returning(ReviewAction.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not marked:
        raise Conflict(
            "It is too late to undo this: the site has received the verdict. Open the comment to overturn the decision."
        )
    rows = session.execute(
        select(ReviewActionComment.version, Comment, Decision)
        .join(Comment, Comment.id == ReviewActionComment.comment_id)
        .join(Decision, Decision.id == ReviewActionComment.decision_id)
        .where(ReviewActionComment.action_id == action_id)
    ).all()
    undone, left_out = 0, []
    for version, comment, decision in rows:
        try:
            decisions.take_back(
                session, comment, decision, expected_version=version, actor=moderator.name, moderator_id=moderator.id
            )
            undone += 1
        except Conflict as conflict:
            left_out.append((comment.id, conflict.detail))
    if not undone and left_out:
        raise Conflict(left_out[0][1])
    _note_act(session, "review.undone", moderator, site_id, action_id, {"comments": undone})
    return Done(action, undone, tuple(left_out))


def escalate(session: Session, site_id: str, moderator: Moderator, comment_id: str, note: str, /) -> Comment:
    """Hand a held comment to a lead; it leaves the queue for the lane of the escalated."""
    return _change_lane(session, site_id, moderator, comment_id, note, up=True)


def hand_back(session: Session, site_id: str, moderator: Moderator, comment_id: str, note: str, /) -> Comment:
    """Put an escalated comment back into the queue."""
    return _change_lane(session, site_id, moderator, comment_id, note, up=False)


def add_note(session: Session, site_id: str, moderator: Moderator, comment_id: str, text: str, /) -> Note:
    """Leave a note for other moderators."""
    comment = require(session, site_id, comment_id)
    text = text.strip()
    if not text:
        raise Invalid("The note is empty.")
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"The note has {len(text):,} characters; at most {LONGEST_NOTE:,} are taken.")
    note = _add_note(session, comment, moderator, NoteKind.NOTE, text)
    _note_act(session, "review.noted", moderator, site_id, comment.id, {})
    return note


def require(session: Session, site_id: str, comment_id: str, /) -> Comment:
    """Return the site's comment of that id (ours, not the site's) or raise NotFound."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.site_id != site_id:
        raise NotFound("This site has no comment with this id.")
    return comment


def begin(session: Session, site_id: str, moderator: Moderator, ruling: Ruling, /) -> ReviewAction:
    """Open an action that several transactions add to, for bulk work that would hold the database too long in one."""
    return _begin(session, site_id, moderator, ruling)


def _begin(session: Session, site_id: str, moderator: Moderator, ruling: Ruling) -> ReviewAction:
    action = ReviewAction(
        site_id=site_id,
        moderator_id=moderator.id,
        verdict=ruling.verdict,
        reason=ruling.reason,
        undo_until=database_now(ruling.undo_seconds),
    )
    session.add(action)
    session.flush()
    return action


def _decide_one(
    session: Session, action: ReviewAction, comment: Comment, version: int, moderator: Moderator, ruling: Ruling
) -> int:
    decision = decisions.record_moderator(
        session,
        comment,
        ruling.verdict,
        expected_version=version,
        actor=moderator.name,
        moderator_id=moderator.id,
        reason=ruling.reason or None,
        statement=ruling.statement,
        note=ruling.note[:LONGEST_NOTE],
        callback_delay=ruling.undo_seconds + GRACE_SECONDS,
    )
    session.execute(delete(Reservation).where(Reservation.comment_id == comment.id))
    if decision is None:
        return 0
    second_looks.draw(session, comment, decision, percent=ruling.second_look_percent)
    session.add(
        ReviewActionComment(action_id=action.id, comment_id=comment.id, decision_id=decision.id, version=version + 1)
    )
    return 1


def _finish(session: Session, action: ReviewAction, moderator: Moderator, decided: int, undo_seconds: float) -> Done:
    if not decided:
        if not action.decided:
            session.delete(action)
            session.flush()
            return Done(None, 0)
        return Done(action, 0)
    session.flush()
    session.execute(
        update(ReviewAction)
        .where(ReviewAction.id == action.id)
        .values(decided=ReviewAction.decided + decided, undo_until=database_now(undo_seconds))
        .execution_options(synchronize_session=False)
    )
    session.refresh(action)
    detail = {"verdict": action.verdict.value, "reason": action.reason, "comments": decided}
    _note_act(session, "review.decided", moderator, action.site_id, action.id, detail)
    return Done(action, decided)


def _change_lane(
    session: Session, site_id: str, moderator: Moderator, comment_id: str, note: str, *, up: bool
) -> Comment:
    comment = require(session, site_id, comment_id)
    reservations.require_free(session, comment.id, moderator.id)
    moved = session.scalars(
        update(Comment)
        .where(
            Comment.id == comment.id,
            Comment.status == CommentStatus.HELD,
            Comment.escalated_at.is_(None) if up else Comment.escalated_at.is_not(None),
        )
        .values(escalated_at=database_now() if up else None)
        .returning(Comment.id)
        .execution_options(synchronize_session=False)
    ).all()
    reservations.release(session, comment.id, moderator.id)
    if not moved:
        raise Conflict("The comment has already been decided or moved.")
    _add_note(session, comment, moderator, NoteKind.ESCALATION if up else NoteKind.RETURN, note.strip()[:LONGEST_NOTE])
    action = "review.escalated" if up else "review.handed_back"
    _note_act(session, action, moderator, site_id, comment.id, {})
    session.expire(comment)
    return comment


def _add_note(session: Session, comment: Comment, moderator: Moderator, kind: NoteKind, text: str) -> Note:
    note = Note(
        site_id=comment.site_id,
        comment_id=comment.id,
        moderator_id=moderator.id,
        actor=moderator.name,
        kind=kind,
        text=text,
    )
    session.add(note)
    session.flush()
    return note


def _note_act(
    session: Session, act: str, moderator: Moderator, site_id: str, subject_id: str, detail: Mapping[str, Any]
) -> None:
    actor = Actor(kind="moderator", id=moderator.id, name=moderator.name)
    audit_log.record(session, act, actor, site_id=site_id, subject_kind="review", subject_id=subject_id, detail=detail)
