"""The only place where a verdict is recorded: a compare-and-set on the comment, one append-only row, callbacks due.

Every transition goes through `move_to`; a latecomer (a worker without its token, a moderator on a stale page)
changes no row and gets an error.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, UpdateBase, bindparam, null, update
from sqlalchemy.orm import Session

from service.db import database_now, table
from service.errors import Conflict
from service.models import Comment, Decision, Lane
from service.moderation.actors import Actor
from service.moderation.authors import strikes
from service.moderation.callbacks import outbox
from service.moderation.judgement import statements
from service.moderation.judgement.judgement import Judgement, JudgementReason
from service.moderation.judgement.ranking import queue_columns
from service.moderation.reporters import settling
from service.vocabulary import BY_THE_SERVICE, REASON_WORDS, CommentStatus, Reason, Source, Verdict

STATUS_OF = {
    Verdict.APPROVE: CommentStatus.APPROVED,
    Verdict.HOLD: CommentStatus.HELD,
    Verdict.REJECT: CommentStatus.REJECTED,
}


def _moving(*guard: ColumnElement[bool]) -> UpdateBase:
    # Built once. What it sets besides comes with the parameters that are named like columns.
    return (
        update(COMMENT)
        .where(_c.id == bindparam("comment_id"), _c.revision == bindparam("of_revision"), *guard)
        .values(decided_at=database_now(), version=_c.version + 1, claim_token=null(), claimed_until=null())
        .returning(_c.version, _c.author_external_id)
    )


COMMENT = table(Comment)
_c = COMMENT.c
MOVE_CLAIMED = _moving(
    _c.status == bindparam("from_status"),
    _c.claim_token.is_not_distinct_from(bindparam("held_under")),
)
MOVE_SEEN = _moving(_c.version == bindparam("expected_version"))


class Fenced(Exception):
    """The claim was lost before the verdict was recorded: another worker has the comment, or its text changed."""


class Guard(NamedTuple):
    """What must be true of the comment still: the compare-and-set, the values it asks for, what is raised otherwise."""

    move: UpdateBase
    values: Mapping[str, Any]
    lost: Exception


def claimed(token: str | None, /) -> Guard:
    """The comment is pending, under the worker's claim; None: under nobody's."""
    return Guard(MOVE_CLAIMED, {"from_status": CommentStatus.PENDING, "held_under": token}, Fenced())


def seen(comment: Comment, version: int, /) -> Guard:
    """The comment has the version that was looked at."""
    return Guard(MOVE_SEEN, {"expected_version": version}, stale(comment))


def record_judgement(
    session: Session,
    comment: Comment,
    judgement: Judgement,
    /,
    *,
    token: str,
    policy_version: int,
    vector: bytes | None,
    language: str | None = None,
    overrides: list[dict[str, Any]] | None = None,
) -> Decision:
    """Record the policy's verdict on the revision claimed under `token`; raise Fenced when the claim is gone.

    `overrides`: what applied of the policy's overrides, as records.
    """
    reasons = [reason.as_record() for reason in judgement.reasons]
    return move_to(
        session,
        comment,
        judgement.verdict,
        guard=claimed(token),
        source=Source.POLICY,
        policy_version=policy_version,
        reasons=reasons,
        overrides=overrides or None,
        values={"vector": vector, "language_read": language, "escalated_at": None, **queue_columns(reasons)},
    )


def record_giving_up(session: Session, comment: Comment, reason: Reason, /, *, token: str | None) -> Decision:
    """Hold what could not be classified; `token` as it was read, None where no worker has a claim."""
    reasons = [JudgementReason(verdict=Verdict.HOLD, reason=reason).as_record()]
    return move_to(
        session,
        comment,
        Verdict.HOLD,
        guard=claimed(token),
        source=Source.UPKEEP,
        reasons=reasons,
        values={"escalated_at": None, **queue_columns(reasons)},
    )


def record_reports(
    session: Session, comment: Comment, /, *, weight: float, detail: str, policy_version: int
) -> Decision:
    """Hold a published comment that readers reported; `weight` orders the review queue, `detail` says what they said.

    Raise Conflict when the comment changed since it was read.
    """
    reasons = [JudgementReason(verdict=Verdict.HOLD, reason=Reason.REPORTED, detail=detail).as_record()]
    return move_to(
        session,
        comment,
        Verdict.HOLD,
        guard=seen(comment, comment.version),
        source=Source.READERS,
        policy_version=policy_version,
        reasons=reasons,
        values={"escalated_at": None, **queue_columns(reasons), "reported": weight},
    )


def record_moderator(
    session: Session,
    comment: Comment,
    verdict: Verdict,
    /,
    *,
    expected_version: int,
    by: Actor,
    reason: str | None = None,
    statement: Mapping[str, Any] | None = None,
    note: str = "",
    callback_delay: float = 0,
) -> Decision | None:
    """Record a person's verdict, also over an earlier one (an overturn). Doors go through `review.deciding`.

    `statement` is for the author (`judgement.statements`) and is added to the reason, with its sentence as the text.

    The callback leaves after `callback_delay` seconds, so that the decision can be undone until then.
    Return None where the comment has that status already: the same verdict twice is a no-op.
    Raise Conflict when the comment changed since version `expected_version`, when it is pending, or when it was
    erased.
    """
    if comment.erased_at is not None:
        raise Conflict("The comment has been erased, so there is nothing to decide.", version=comment.version)
    if comment.status is STATUS_OF[verdict]:
        return None
    if comment.version != expected_version:
        raise stale(comment)
    if comment.status is CommentStatus.PENDING:
        raise Conflict("The comment is still being classified. Decide when it has a verdict.", version=comment.version)
    if verdict is Verdict.HOLD:
        raise Conflict("A decided comment cannot be held again. Approve or reject it.", version=comment.version)
    stated = statement or {}
    return move_to(
        session,
        comment,
        verdict,
        guard=seen(comment, expected_version),
        source=Source.MODERATOR,
        by=by,
        reasons=[
            {
                "code": reason or Reason.MODERATOR_DECISION.value,
                "verdict": verdict.value,
                "text": stated.get("sentence", REASON_WORDS[Reason.MODERATOR_DECISION]),
                **stated,
            }
        ],
        note=note,
        callback_delay=callback_delay,
    )


def undo(session: Session, comment: Comment, decision: Decision, /, *, expected_version: int, by: Actor) -> Decision:
    """Undo a moderator's `decision` before its callback left: the comment gets its earlier status, without a callback.

    Both decisions stay on record. Raise Conflict when the comment has changed since, or when the site knows already:
    then a moderator can overturn the decision.
    """
    if comment.erased_at is not None or comment.version != expected_version:
        raise stale(comment)
    if not outbox.withdraw(session, decision.id):
        raise Conflict("The site has already received this decision; overturn it instead.", version=comment.version)
    verdict_of = {status: verdict for verdict, status in STATUS_OF.items()}
    return move_to(
        session,
        comment,
        verdict_of[decision.from_status],
        guard=seen(comment, expected_version),
        source=Source.MODERATOR,
        by=by,
        reasons=[JudgementReason(verdict=verdict_of[decision.from_status], reason=Reason.UNDONE).as_record()],
        undoes=decision.id,
        has_callback=False,  # the callback of the undone decision never left
    )


def close_erased(session: Session, comment: Comment, /, *, by: Actor) -> Decision:
    """Reject a pending or held comment that is being erased, because it may not be shown."""
    return move_to(
        session,
        comment,
        Verdict.REJECT,
        guard=seen(comment, comment.version),
        source=Source.SITE,
        by=by,
        reasons=[JudgementReason(verdict=Verdict.REJECT, reason=Reason.ERASED).as_record()],
    )


def move_to(
    session: Session,
    comment: Comment,
    verdict: Verdict,
    *,
    guard: Guard,
    source: Source,
    reasons: list[dict[str, Any]],
    policy_version: int | None = None,
    overrides: list[dict[str, Any]] | None = None,
    by: Actor | None = None,
    note: str = "",
    callback_delay: float = 0,
    undoes: str | None = None,
    has_callback: bool = True,
    lane: Lane = Lane.LIVE,
    values: dict[str, Any] | None = None,
) -> Decision:
    """Change the status by the guard's compare-and-set, or raise its `lost`."""
    from_status, to_status = comment.status, STATUS_OF[verdict]
    moving = {"comment_id": comment.id, "of_revision": comment.revision, **guard.values}
    moved = session.execute(guard.move, {"status": to_status, "verdict": verdict, **moving, **(values or {})}).all()
    if not moved:
        raise guard.lost
    if to_status is CommentStatus.REJECTED and source in BY_THE_SERVICE:
        # Nobody picked a rejection reason: the author gets the one that fits (article 17 of the Digital Services Act).
        reasons = [reasons[0] | statements.automatic(session, comment.site_id, reasons[0]), *reasons[1:]]
    decision = Decision(
        site_id=comment.site_id,
        comment_id=comment.id,
        revision=comment.revision,
        from_status=from_status,
        to_status=to_status,
        verdict=verdict,
        source=source,
        policy_version=policy_version,
        moderator_id=by.moderator_id if by else None,
        actor=by.name if by else "",
        reasons=reasons,
        overrides=overrides,
        note=note,
        undoes=undoes,
    )
    session.add(decision)
    session.flush()
    version, author_id = moved[0]
    if CommentStatus.REJECTED in (from_status, to_status):
        strikes.follow(session, decision, None if comment.author_is_claimed else author_id)
    settling.follow(session, comment, decision, callback_delay=callback_delay)
    if has_callback:
        outbox.owe(session, comment, decision, sequence=version, delay=callback_delay, lane=lane)
    if comment in session:
        session.expire(comment)
    return decision


def stale(comment: Comment) -> Conflict:
    """Return the refusal for who looked at an earlier version of the comment."""
    return Conflict(
        "The comment has changed since you read it. Read it again, then decide.",
        version=comment.version,
        status_now=comment.status.value,
    )
