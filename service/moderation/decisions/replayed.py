"""What a replay decides: a later version of the policy over an earlier verdict, and its undoing."""

from typing import Any

from sqlalchemy.orm import Session

from service.models import Comment, Decision, Lane
from service.moderation.actors import Actor
from service.moderation.callbacks import outbox
from service.moderation.decisions.decisions import STATUS_OF, move_to, seen, stale
from service.moderation.judgement import statements
from service.moderation.judgement.judgement import JudgementReason
from service.moderation.judgement.ranking import queue_columns
from service.moderation.judgement.reason_texts import REPLAY_UNDONE
from service.vocabulary import Reason, Source, Verdict


def record(
    session: Session,
    comment: Comment,
    verdict: Verdict,
    /,
    *,
    expected_version: int,
    policy_version: int,
    reasons: list[dict[str, Any]],
    overrides: list[dict[str, Any]],
    callback_delay: float,
) -> Decision:
    """Record what a later version of the policy makes of a comment that it approved or rejected before.

    `overrides`: what applied of the policy's overrides, as records. Raise Conflict when the comment has changed since
    version `expected_version`, or was erased.
    """
    if comment.erased_at is not None or comment.version != expected_version:
        raise stale(comment)
    return move_to(
        session,
        comment,
        verdict,
        guard=seen(comment, expected_version),
        source=Source.POLICY,
        policy_version=policy_version,
        reasons=reasons,
        overrides=overrides or None,
        callback_delay=callback_delay,
        lane=Lane.REPLAYED,
        values={"escalated_at": None, **queue_columns(reasons)},
    )


def undo(
    session: Session,
    comment: Comment,
    decision: Decision,
    /,
    *,
    actor: str,
    reasons: list[dict[str, Any]],
    callback_delay: float,
) -> bool:
    """Undo a replay's `decision` on a comment that has not changed since; `reasons` are those of the status before.

    Its callbacks are withdrawn where none has left; otherwise another one reports the earlier status. Return whether
    another one does. Raise Conflict when the comment has changed.
    """
    back = {status: verdict for verdict, status in STATUS_OF.items()}[decision.from_status]
    has_callback = not outbox.withdraw(session, decision.id)
    move_to(
        session,
        comment,
        back,
        guard=seen(comment, comment.version),
        source=Source.MODERATOR,
        by=Actor(kind="replay", name=actor),  # named, and not counted as a moderator's own work
        reasons=_undone(session, comment, back, reasons),
        undoes=decision.id,
        has_callback=has_callback,
        callback_delay=callback_delay,
        lane=Lane.REPLAYED,
        values={"escalated_at": None, **queue_columns(reasons)},
    )
    return has_callback


def _undone(session: Session, comment: Comment, back: Verdict, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the reasons of an undoing; a rejection that is in force again has its statement of reasons again."""
    undone = JudgementReason(verdict=back, reason=Reason.UNDONE, detail=REPLAY_UNDONE.text).as_record()
    if back is not Verdict.REJECT or not before:
        return [undone]
    stated = statements.stated(before[0]) or statements.automatic(session, comment.site_id, before[0])
    remark = undone | {"verdict": Verdict.APPROVE.value}  # no reason of its own
    return [undone | stated | {"text": stated["sentence"]}, remark]
