"""A person's verdict on a comment, from the console or by API: one rule behind both doors. Nothing here commits.

A comment that a moderator has reserved waits for that moderator. A rejection carries the statement that belongs to its
reason, a share of the decisions is drawn for a second look, and the audit log says who decided what. Only the undo
window belongs to one door: the console delays its callback; behind an API there is no undo button.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.models import Comment, Decision, Reservation
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.decisions import decisions
from service.moderation.review import rejection_reasons, reservations, second_looks
from service.vocabulary import CommentStatus, Verdict

LONGEST_NOTE = 4_000


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What is decided: the verdict, a rejection reason's code, a statement for the author, a note."""

    verdict: Verdict
    reason: str = ""
    statement: Mapping[str, Any] | None = None  # None: the code is not one of the site's rejection reasons
    note: str = ""
    second_look_percent: int = 0  # share of the decisions that another moderator judges again


def ruling_of(
    session: Session, site_id: str, verdict: Verdict, /, *, reason: str = "", note: str = "", second_look_percent: int
) -> Ruling:
    """Return the ruling, with the statement of reasons where a rejection names one of the site's rejection reasons."""
    known = rejection_reasons.find(session, site_id, reason) if reason and verdict is Verdict.REJECT else None
    return Ruling(
        verdict=verdict,
        reason=reason,
        statement=known.statement() if known else None,
        note=note.strip()[:LONGEST_NOTE],
        second_look_percent=second_look_percent,
    )


def decide(
    session: Session, comment: Comment, ruling: Ruling, /, *, version: int, by: Actor, callback_delay: float = 0
) -> Decision | None:
    """Decide on one comment as seen at `version`; None where it has that status already.

    Raise Conflict when the comment has changed since, is pending or erased, or is reserved by another moderator.
    """
    if comment.status is CommentStatus.HELD:
        reservations.require_free(session, comment.id, by)
    decision = decide_unreserved(session, comment, ruling, version=version, by=by, callback_delay=callback_delay)
    if decision is not None:
        record(session, by, comment.site_id, ("comment", comment.id), ruling, comments=1)
    return decision


def decide_unreserved(
    session: Session, comment: Comment, ruling: Ruling, /, *, version: int, by: Actor, callback_delay: float = 0
) -> Decision | None:
    """Decide on a comment that no other moderator has reserved; no audit entry: bulk work writes one for many."""
    decision = decisions.record_moderator(
        session,
        comment,
        ruling.verdict,
        expected_version=version,
        by=by,
        reason=ruling.reason or None,
        statement=ruling.statement,
        note=ruling.note,
        callback_delay=callback_delay,
    )
    session.execute(delete(Reservation).where(Reservation.comment_id == comment.id))
    if decision is not None:
        second_looks.draw(session, comment, decision, percent=ruling.second_look_percent)
    return decision


def record(
    session: Session, by: Actor, site_id: str, subject: tuple[str, str], ruling: Ruling, /, *, comments: int
) -> None:
    """Write the audit entry of a decision; `subject` is the comment, or the action that decided on many."""
    kind, subject_id = subject
    detail = {"verdict": ruling.verdict.value, "reason": ruling.reason, "comments": comments}
    audit_log.record(
        session, "comment.decide", by, site_id=site_id, subject_kind=kind, subject_id=subject_id, detail=detail
    )
