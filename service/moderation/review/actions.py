"""What moderators do in the review queue: decide on one or many, undo it as one, escalate to a lead, leave notes.

Callbacks wait for the undo window, so that until its end no site has received the decision (`decisions.undo`). Each act
is in the audit log, in its own transaction. Nothing here commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict, Invalid, NotFound
from service.models import Comment, Decision, Moderator, Note, NoteKind, Reservation, ReviewAction, ReviewActionComment
from service.moderation import actors, audit_log
from service.moderation.actors import Actor
from service.moderation.decisions import decisions
from service.moderation.review import deciding, reservations
from service.moderation.review.deciding import LONGEST_NOTE, Ruling
from service.moderation.text.length import length_up_to
from service.sentences import Grouped, worded
from service.vocabulary import CommentStatus

LONGEST_LINE = 300  # characters for the lead, as the form has it
GRACE_SECONDS = 0.5  # the click was in time, the request a little late; `outbox.withdraw` still has the last word


@dataclass(frozen=True)
class Done:
    """The action (None where nothing changed), how many comments it decided, and those it left out with the reason.

    After an undo also the statuses that comments have again.
    """

    action: ReviewAction | None
    decided: int
    left_out: tuple[tuple[str, str], ...] = ()
    statuses: frozenset[CommentStatus] = frozenset()


def decide(
    session: Session,
    site_id: str,
    moderator: Moderator,
    comment_id: str,
    version: int,
    ruling: Ruling,
    /,
    *,
    undo_seconds: float,
) -> Done:
    """Decide on one comment as seen at `version`, so that it can be undone for `undo_seconds`; raise Conflict as
    `deciding.decide` does."""
    comment = require(session, site_id, comment_id)
    by = actors.of_moderator(moderator)
    action = begin(session, site_id, moderator, ruling, undo_seconds=undo_seconds)
    decision = deciding.decide(
        session, comment, ruling, version=version, by=by, callback_delay=undo_seconds + GRACE_SECONDS
    )
    _remember(session, action, decision, version)
    return _finish(session, action, int(decision is not None), undo_seconds)


def decide_many(
    session: Session,
    site_id: str,
    moderator: Moderator,
    chosen: Sequence[tuple[str, int]],
    ruling: Ruling,
    /,
    *,
    undo_seconds: float,
    action: ReviewAction | None = None,
) -> Done:
    """Decide on many held comments as one action; what others reserved, changed or decided is left out and named."""
    by = actors.of_moderator(moderator)
    action = action or begin(session, site_id, moderator, ruling, undo_seconds=undo_seconds)
    reserved = set(
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
        elif comment_id in reserved:
            left_out.append((comment_id, "reserved by another moderator"))
        elif comment.version != version:
            left_out.append((comment_id, "changed since you read it"))
        else:
            decision = deciding.decide_unreserved(
                session, comment, ruling, version=version, by=by, callback_delay=undo_seconds + GRACE_SECONDS
            )
            decided += _remember(session, action, decision, version)
    done = _finish(session, action, decided, undo_seconds)
    if decided:
        deciding.record(session, by, site_id, ("review", action.id), ruling, comments=decided)
    return Done(done.action, done.decided, tuple(left_out))


def undo(session: Session, site_id: str, moderator: Moderator, action_id: str, /) -> Done:
    """Undo the moderator's own action; raise Conflict if its window is over or every comment has changed since."""
    by = actors.of_moderator(moderator)
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
        raise Conflict("It is too late to undo this: the site has the decision. Open the comment to overturn it.")
    rows = session.execute(
        select(ReviewActionComment.version, Comment, Decision)
        .join(Comment, Comment.id == ReviewActionComment.comment_id)
        .join(Decision, Decision.id == ReviewActionComment.decision_id)
        .where(ReviewActionComment.action_id == action_id)
    ).all()
    undone, left_out = [], []
    for version, comment, decision in rows:
        try:
            decisions.undo(session, comment, decision, expected_version=version, by=by)
            undone.append(decision.from_status)
        except Conflict as conflict:
            left_out.append((comment.id, conflict.detail))
    if not undone and left_out:
        raise Conflict(left_out[0][1])
    subject = ("comment", rows[0][1].id) if len(rows) == 1 else ("review", action_id)
    _record(session, "comment.undo", by, site_id, subject, {"comments": len(undone)})
    return Done(action, len(undone), tuple(left_out), frozenset(undone))


def escalate(session: Session, site_id: str, moderator: Moderator, comment_id: str, note: str, /) -> Comment:
    """Hand a held comment to a lead; it leaves the queue for the lane of the escalated. The note says why."""
    length = length_up_to(note, LONGEST_LINE)
    if not length:
        raise Invalid("Write one line for the lead: what should they decide?")
    if length > LONGEST_LINE:
        raise Invalid(
            worded("The line for the lead is too long: at most %(most)s characters are taken.", most=LONGEST_LINE)
        )
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
        raise Invalid(
            worded(
                "The note has %(length)s characters; at most %(most)s are taken.",
                length=Grouped(len(text)),
                most=Grouped(LONGEST_NOTE),
            )
        )
    note = _add_note(session, comment, moderator, NoteKind.NOTE, text)
    _record(session, "review.noted", actors.of_moderator(moderator), site_id, ("comment", comment.id), {})
    return note


def decided_since(session: Session, site_id: str, moderator_id: str, since: datetime, /) -> int:
    """Return how many of the moderator's decisions at the site since then are not undone."""
    undoings = func.count(Decision.undoes)  # each takes away itself and the one it undoes
    statement = select(func.count() - 2 * undoings).where(
        Decision.moderator_id == moderator_id, Decision.created_at >= since, Decision.site_id == site_id
    )
    return max(0, session.scalar(statement) or 0)


def require(session: Session, site_id: str, comment_id: str, /) -> Comment:
    """Return the site's comment of that id (ours, not the site's) or raise NotFound."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.site_id != site_id:
        raise NotFound("This site has no comment with this id.")
    return comment


def begin(
    session: Session, site_id: str, moderator: Moderator, ruling: Ruling, /, *, undo_seconds: float
) -> ReviewAction:
    """Open an action, to which several transactions may add: bulk work in one would hold up the database too long."""
    action = ReviewAction(
        site_id=site_id,
        moderator_id=moderator.id,
        verdict=ruling.verdict,
        reason=ruling.reason,
        undo_until=database_now(undo_seconds),
    )
    session.add(action)
    session.flush()
    return action


def _remember(session: Session, action: ReviewAction, decision: Decision | None, version: int) -> int:
    """Add a decision to what the action can undo; return how many were added, one or none."""
    if decision is None:
        return 0
    session.add(
        ReviewActionComment(
            action_id=action.id, comment_id=decision.comment_id, decision_id=decision.id, version=version + 1
        )
    )
    return 1


def _finish(session: Session, action: ReviewAction, decided: int, undo_seconds: float) -> Done:
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
    return Done(action, decided)


def _change_lane(
    session: Session, site_id: str, moderator: Moderator, comment_id: str, note: str, *, up: bool
) -> Comment:
    comment = require(session, site_id, comment_id)
    by = actors.of_moderator(moderator)
    reservations.require_free(session, comment.id, by)
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
    kind = NoteKind.ESCALATION if up else NoteKind.RETURN
    kept = _add_note(session, comment, moderator, kind, note.strip()[:LONGEST_NOTE])
    action = "review.escalated" if up else "review.handed_back"
    # The note's id, not its words: the log cannot forget them, and the author may ask to be forgotten.
    _record(session, action, by, site_id, ("comment", comment.id), {"note": kept.id})
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


def _record(
    session: Session, act: str, by: Actor, site_id: str, subject: tuple[str, str], detail: Mapping[str, Any]
) -> None:
    kind, subject_id = subject
    audit_log.record(session, act, by, site_id=site_id, subject_kind=kind, subject_id=subject_id, detail=detail)
