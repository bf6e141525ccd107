"""A lead's decision on a legal notice: take the comment down, or leave it published. Nothing here commits.

A comment is taken down as any other rejection is (`review.deciding`): with a statement of reasons for its author, a
callback and an entry in the audit log. Until the undo window ends, neither the notifier nor the author hears of it.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict, Invalid, NotFound
from service.models import Comment, Decision, LegalGround, LegalNotice, LegalNoticeState, Moderator
from service.moderation import actors, audit_log
from service.moderation.actors import Actor
from service.moderation.decisions import decisions
from service.moderation.judgement import statements
from service.moderation.legal_notices import locating, notifiers
from service.moderation.review import deciding
from service.moderation.review.actions import GRACE_SECONDS
from service.moderation.review.deciding import Ruling
from service.vocabulary import CommentStatus, Verdict

LONGEST_ANSWER, LONGEST_REDRESS = 4_000, 1_000


class NoSuchComment(NotFound):
    """What a lead typed names no comment, or several."""


@dataclass(frozen=True, kw_only=True)
class NoticeDecision:
    """What a lead decides; what comes after `version`, the comment's as the page showed it, is for the author.

    `version` is None where the page showed no comment.
    """

    state: LegalNoticeState
    answer: str  # to the notifier
    redress: str
    version: int | None = None
    ground: LegalGround = LegalGround.ILLEGAL
    sentence: str = ""
    provision: str = ""


def decide(
    session: Session,
    site_id: str,
    moderator: Moderator,
    legal_notice_id: str,
    outcome: NoticeDecision,
    /,
    *,
    undo_seconds: float,
) -> LegalNotice:
    """Decide on an open legal notice and store the callbacks to notifier and author, due after the undo window.

    Raise Invalid without an explanation or redress for the notifier, Conflict if it is decided already, or if the
    comment has changed since, is pending, or is reserved by another moderator.
    """
    by, delay = actors.of_moderator(moderator), undo_seconds + GRACE_SECONDS
    _lock_comment(session, legal_notice_id)
    legal_notice = require(session, site_id, legal_notice_id, lock=True)
    if legal_notice.state is not LegalNoticeState.OPEN:
        raise Conflict("This legal notice has already been decided.")
    comment = _as_seen(session, legal_notice, outcome)
    if not outcome.answer.strip() or not outcome.redress.strip():
        raise Invalid("The notifier must get an explanation, and learn how to object.")
    takes_down = outcome.state is LegalNoticeState.TAKEN_DOWN
    decision = _take_down(session, comment, outcome, by=by, delay=delay) if takes_down else None
    session.execute(
        update(LegalNotice)
        .where(LegalNotice.id == legal_notice_id)
        .values(
            state=outcome.state,
            moderator_id=moderator.id,
            actor=by.name,
            answer=outcome.answer.strip()[:LONGEST_ANSWER],
            redress=outcome.redress.strip()[:LONGEST_REDRESS],
            ground=outcome.ground if takes_down else None,
            decision_id=decision.id if decision else None,
            decided_at=database_now(),
            undo_until=database_now(undo_seconds),
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(legal_notice)
    notifiers.tell_decision(session, legal_notice, delay=delay)
    _record(session, f"legal_notice.{outcome.state.value}", by, legal_notice)
    return legal_notice


def undo(session: Session, site_id: str, moderator: Moderator, legal_notice_id: str, /) -> LegalNotice:
    """Open a decided legal notice again before anybody hears of the decision; the comment gets its earlier status.

    Raise Conflict if the undo window is over, or the comment has changed since.
    """
    by = actors.of_moderator(moderator)
    _lock_comment(session, legal_notice_id)
    legal_notice = require(session, site_id, legal_notice_id, lock=True)
    decision_id = legal_notice.decision_id
    opened = session.scalars(
        update(LegalNotice)
        .where(LegalNotice.id == legal_notice_id, LegalNotice.undo_until > database_now(-GRACE_SECONDS))
        .values(
            state=LegalNoticeState.OPEN, moderator_id=None, actor="", answer="", redress="", ground=None,
            decision_id=None, decided_at=None, undo_until=None,
        )
        .returning(LegalNotice.id)
        .execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    if not opened or not notifiers.take_back_decision(session, legal_notice):
        raise Conflict("It is too late to undo this: the decision has been sent. Open the comment to overturn it.")
    if decision_id is not None:
        decision = session.get_one(Decision, decision_id)
        comment = session.get_one(Comment, decision.comment_id)
        if comment.status is not CommentStatus.REJECTED or _latest_decision(session, comment) != decision_id:
            raise Conflict("The comment has changed since; it cannot be undone.")
        decisions.undo(session, comment, decision, expected_version=comment.version, by=by)
    session.refresh(legal_notice)
    _record(session, "legal_notice.undone", by, legal_notice)
    return legal_notice


def name_comment(
    session: Session, site_id: str, moderator: Moderator, legal_notice_id: str, given: str, /
) -> LegalNotice:
    """Say which comment an open legal notice is about, by an id or an address; raise NoSuchComment."""
    legal_notice = require(session, site_id, legal_notice_id, lock=True)
    if legal_notice.state is not LegalNoticeState.OPEN:
        raise Conflict("This legal notice has already been decided.")
    comment = locating.find(session, site_id, given.strip())
    if comment is None:
        raise NoSuchComment("This site has no comment with this id or address, or more than one.")
    legal_notice.comment_id = comment.id
    session.flush()
    _record(session, "legal_notice.comment_named", actors.of_moderator(moderator), legal_notice)
    return legal_notice


def find(session: Session, site_id: str, legal_notice_id: str, /) -> LegalNotice | None:
    """Return the site's legal notice of that id, or None."""
    return session.scalar(_chosen(site_id, legal_notice_id))


def is_final(session: Session, legal_notice: LegalNotice, /) -> bool:
    """Whether the legal notice is decided, and the decision can no longer be undone."""
    over = select(LegalNotice.undo_until <= database_now(-GRACE_SECONDS)).where(LegalNotice.id == legal_notice.id)
    return bool(session.scalar(over))


def require(session: Session, site_id: str, legal_notice_id: str, /, *, lock: bool = False) -> LegalNotice:
    """Return the site's legal notice of that id or raise NotFound, also for another site's."""
    chosen = _chosen(site_id, legal_notice_id)
    legal_notice = session.scalar(chosen.with_for_update() if lock else chosen)
    if legal_notice is None:
        raise NotFound("This site has no legal notice with this id.")
    return legal_notice


def _chosen(site_id: str, legal_notice_id: str) -> Select[LegalNotice]:
    return select(LegalNotice).where(LegalNotice.id == legal_notice_id, LegalNotice.site_id == site_id)


def _lock_comment(session: Session, legal_notice_id: str) -> None:
    # Before the legal notice, as an erasure does. A decision that changes no status would not wait for a replay.
    of_notice = select(LegalNotice.comment_id).where(LegalNotice.id == legal_notice_id).scalar_subquery()
    session.execute(select(Comment.id).where(Comment.id == of_notice).with_for_update(key_share=True))


def _as_seen(session: Session, legal_notice: LegalNotice, outcome: NoticeDecision) -> Comment | None:
    """Return the legal notice's comment, None where it names none; raise Conflict if the page showed another version.

    Both outcomes are a decision on the text: also one that leaves it published.
    """
    comment = session.get(Comment, legal_notice.comment_id) if legal_notice.comment_id else None
    if comment is not None and outcome.version != comment.version:
        raise decisions.stale(comment)
    return comment


def _take_down(
    session: Session, comment: Comment | None, outcome: NoticeDecision, *, by: Actor, delay: float
) -> Decision | None:
    """Reject the comment; None where it is rejected or erased already."""
    if comment is None:
        raise Invalid("This legal notice names no comment. Name the comment first, or take no action.")
    if comment.erased_at is not None:
        return None
    given = statements.given(session, comment.site_id, statements.ILLEGAL.code)
    given = replace(
        given,
        sentence=outcome.sentence.strip()[:1_000] or given.sentence,
        provision=outcome.provision.strip()[:300],
        ground=outcome.ground,
    )
    # A person told us of it, and a person decides.
    statement = given.statement() | {"automated_detection": False}
    ruling = Ruling(verdict=Verdict.REJECT, reason=given.code, statement=statement)
    return deciding.decide(session, comment, ruling, version=comment.version, by=by, callback_delay=delay)


def _latest_decision(session: Session, comment: Comment) -> str | None:
    made = select(Decision.id).where(Decision.comment_id == comment.id)
    return session.scalar(made.order_by(Decision.created_at.desc(), Decision.id.desc()).limit(1))


def _record(session: Session, act: str, by: Actor, legal_notice: LegalNotice) -> None:
    detail = {"kind": legal_notice.kind.value, "comment": legal_notice.comment_id}
    audit_log.record(
        session,
        act,
        by,
        site_id=legal_notice.site_id,
        subject_kind="legal_notice",
        subject_id=legal_notice.id,
        detail=detail,
    )
