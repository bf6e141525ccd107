"""Erasing a comment or an author on request: by API, or by a webhook that reports a deletion. Nothing here commits.

Erasing removes text, author, earlier texts, findings, vectors, strikes and what legal notices say. Scores and
decisions stay, because they do not say who wrote what. Erasing an author also removes their standing, a block included.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from service.db import ERASED, database_now
from service.errors import NotFound
from service.models import (
    Appeal,
    Assessment,
    Author,
    Comment,
    Decision,
    Delivery,
    DeliveryState,
    LegalNotice,
    LegalNoticeState,
    Note,
    Precedent,
    ReplayComment,
    Report,
    Reporter,
    Revision,
    SavedView,
    ShadowJudgement,
    Strike,
)
from service.models.stored_ids import bare, in_space, space_of
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.callbacks import outbox
from service.moderation.decisions import decisions
from service.moderation.erasure import letters
from service.moderation.intake import id_spaces, intake, suggested_scores
from service.moderation.reporters import settling
from service.moderation.search import index as search_index
from service.vocabulary import CommentStatus, Reason

QUOTING = (Reason.BLOCKED_LINK,)  # reasons that quote the comment
EMPTY: dict[str, Any] = {
    "text": "",
    "text_digest": "",
    "simhash": 0,
    "author_external_id": None,
    "author_name": None,
    "vector": None,
    "callback_url": None,
}


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What an erasure removed."""

    comments: int = 0
    earlier_texts: int = 0
    findings: int = 0
    notes: int = 0  # of moderators, on the comments
    appeals: int = 0  # their words and the answers
    legal_notices: int = 0  # their explanations, which may quote the comment
    reports: int = 0  # the words of readers who reported the comments
    dead_letters: int = 0
    saved_views: int = 0  # of moderators, that looked for the author
    author_records: int = 0  # a standing with its reason, numbers of forgotten comments


def which_comment(session: Session, site_id: str, given: str, source: str | None = None, /) -> str:
    """Return the stored id of the comment that a caller wants erased, which a dead letter alone may contain."""
    comment = id_spaces.find_comment(session, site_id, given, source)
    if comment is not None:
        return comment.external_id
    if source is not None:
        return in_space(id_spaces.of_source(session, site_id, source), given)
    if letters.name_comment(session, site_id, given):
        return given
    others = (in_space(space, given) for space in id_spaces.of_site(session, site_id))
    return id_spaces.only(one for one in others if letters.name_comment(session, site_id, one)) or given


def which_author(session: Session, site_id: str, given: str, source: str | None = None, /) -> str:
    """Return the stored id of the author that a caller wants erased, which a dead letter alone may contain."""
    stored = id_spaces.author(session, site_id, given, source)
    is_named = source is not None or letters.name_author(session, site_id, stored)
    if is_named or id_spaces.is_known_author(session, site_id, stored):
        return stored
    others = (in_space(space, given) for space in id_spaces.of_site(session, site_id, authors=True))
    return id_spaces.only(one for one in others if letters.name_author(session, site_id, one)) or given


def erase_comment(
    session: Session, site_id: str, external_id: str, /, *, by: Actor, keep_unknown: bool = False
) -> Erasure:
    """Erase one comment and return what was removed; the second time only dead letters that came since.

    The bare row stays, so that no id is used twice. A comment without a moderator's or the policy's verdict ends as
    rejected, with a decision that says why. An id that only dead letters contain, and with `keep_unknown` any id, gets
    such a row too: what arrives later stays erased. Raise NotFound for any other unknown id.
    """
    comment = intake.find(session, site_id, external_id, lock=True)
    emptied = 0
    if comment is None:
        emptied = letters.forget_comment(session, site_id, external_id)
        if not emptied and not keep_unknown:
            raise NotFound("This site has no comment with this id.")
        comment = intake.add_empty(session, site_id, external_id)
    if comment.erased_at is not None:  # what came since is a dead letter at most
        return Erasure(dead_letters=letters.forget_comment(session, site_id, external_id))
    counts = _counts(session, [comment.id])
    erased = Erasure(comments=1, dead_letters=emptied + _erase(session, comment, by=by), **counts)
    _record(session, "comment.erase", by, site_id, ("comment", comment.id), erased, of=external_id)
    return erased


def erase_author(session: Session, site_id: str, author_id: str, /, *, by: Actor) -> Erasure:
    """Erase everything that one author sent to the site and return what was removed. Twice is the same as once."""
    theirs = session.scalars(
        select(Comment)
        .where(Comment.site_id == site_id, Comment.author_external_id == author_id)
        .order_by(Comment.id)  # one order for all who lock several
        .with_for_update()
    ).all()
    counts = _counts(session, [comment.id for comment in theirs])
    letters_emptied = letters.forget_author(session, site_id, author_id)
    views = _forget_views(session, site_id, {bare(author_id), *(name for one in theirs if (name := one.author_name))})
    for comment in theirs:
        letters_emptied += _erase(session, comment, by=by)
    _forget_reporter(session, site_id, bare(author_id))
    # Last: a concurrent rejection of one of the comments has committed its strike before the comment was locked.
    session.execute(delete(Strike).where(Strike.site_id == site_id, Strike.author_external_id == author_id))
    removed = session.execute(delete(Author).where(Author.site_id == site_id, Author.external_id == author_id))
    erased = Erasure(
        comments=len(theirs),
        dead_letters=letters_emptied,
        saved_views=views,
        author_records=max(removed.rowcount, 0),  # type: ignore[attr-defined]
        **counts,
    )
    _record(session, "author.erase", by, site_id, ("author", ""), erased, of=author_id)  # the log keeps no author's id
    return erased


def strip(session: Session, comment_ids: list[str], /) -> None:
    """Empty decided comments that are too old to be kept. No callback reports it: the site keeps its own copy."""
    _forget_words(session, comment_ids)
    session.execute(
        update(Comment)
        .where(Comment.id.in_(comment_ids))
        .values(**EMPTY, erased_at=database_now(), version=Comment.version + 1)
        .execution_options(synchronize_session=False)
    )


def forget_notifiers(session: Session, which: ColumnElement[bool], /) -> None:
    """Empty decided legal notices, notifiers' names and addresses included; what the report counts stays.

    One whose notifier the site is still to tell keeps them until then.
    """
    words = dict.fromkeys(("name", "email", "location", "explanation", "answer"), "")
    waits = exists().where(Delivery.legal_notice_id == LegalNotice.id, Delivery.state == DeliveryState.WAITING)
    emptied = session.scalars(
        update(LegalNotice)
        .where(which, LegalNotice.state != LegalNoticeState.OPEN, LegalNotice.erased_at.is_(None), ~waits)
        .values(**words, erased_at=database_now())
        .returning(LegalNotice.id)
        .execution_options(synchronize_session=False)
    ).all()
    if emptied:
        session.info[ERASED] = True


def _erase(session: Session, comment: Comment, *, by: Actor) -> int:
    """Empty one locked comment and store the callback about it; return how many dead letters lost their body."""
    if comment.status in (CommentStatus.PENDING, CommentStatus.HELD):
        decisions.close_erased(session, comment, by=by)
    callback_url = comment.callback_url
    for name, value in EMPTY.items():
        setattr(comment, name, value)
    comment.erased_at = database_now()
    comment.version += 1
    _forget_words(session, [comment.id])
    # Perspective clients name a comment by its id, Coral with "comment:" before it; they do not say of which source.
    names = (bare(comment.external_id), f"comment:{bare(comment.external_id)}")
    suggested_scores.forget(session, comment.site_id, names)
    letters_emptied = letters.forget_comment(session, comment.site_id, comment.external_id)
    session.flush()
    session.refresh(comment)
    outbox.owe_erasure(session, comment, callback_url, sequence=comment.version)
    return letters_emptied


def _forget_words(session: Session, comment_ids: list[str]) -> None:
    """Remove what was derived from these comments or written about them."""
    session.info[ERASED] = True  # the commit then empties SQLite's log, which has the words still
    for kind in (Revision, Assessment, Note, Strike):  # notes may quote the text; a strike names the author
        session.execute(delete(kind).where(kind.comment_id.in_(comment_ids)))
    for which in (Precedent.comment_id, Precedent.decided_id):
        session.execute(delete(Precedent).where(which.in_(comment_ids)))
    for said, values in (
        (Appeal, {"text": "", "answer": ""}),
        (Decision, {"note": ""}),
        (LegalNotice, {"explanation": ""}),  # who sent one that is open still gets an answer
        (Report, {"words": ""}),
    ):
        session.execute(
            update(said)
            .where(said.comment_id.in_(comment_ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    settling.close_erased(session, comment_ids)
    forget_notifiers(session, LegalNotice.comment_id.in_(comment_ids))
    search_index.forget(session, comment_ids)
    of_decisions = select(Decision).where(Decision.comment_id.in_(comment_ids))
    of_shadows = select(ShadowJudgement).where(ShadowJudgement.comment_id.in_(comment_ids))
    of_replays = select(ReplayComment).where(ReplayComment.comment_id.in_(comment_ids))
    _forget_quotes([*session.scalars(of_decisions), *session.scalars(of_shadows), *session.scalars(of_replays)])


def _forget_quotes(judgements: Iterable[Decision | ShadowJudgement | ReplayComment]) -> None:
    # The hosts that a comment linked to are its own words; every other reason has only numbers and the site's terms.
    for row in judgements:
        if any(reason.get("code") in QUOTING for reason in row.reasons):
            row.reasons = [reason | {"text": ""} if reason.get("code") in QUOTING else reason for reason in row.reasons]


def _forget_views(session: Session, site_id: str, names: set[str]) -> int:
    """Delete the saved views that look for one of `names`; return how many."""
    removed = 0
    for view in session.scalars(select(SavedView).where(SavedView.site_id == site_id)):
        if names & {value for values in parse_qs(view.query).values() for value in values}:
            session.delete(view)
            removed += 1
    session.flush()
    return removed


def _forget_reporter(session: Session, site_id: str, reporter_id: str) -> None:
    """Remove what a reader said in reports, and their record; the reports stay, and no longer say whose they are."""
    session.info[ERASED] = True
    theirs = (Report.site_id == site_id, Report.reporter_id == reporter_id)
    marks = session.scalars(select(Report.reporter).where(*theirs).distinct()).all()
    session.execute(delete(Reporter).where(Reporter.site_id == site_id, Reporter.mark.in_(marks)))
    session.execute(
        update(Report)
        .where(*theirs)
        .values(words="", reporter_id=None, reporter=Report.id)  # a mark that nobody has
        .execution_options(synchronize_session=False)
    )


def _counts(session: Session, comment_ids: list[str]) -> dict[str, int]:
    kinds: dict[str, type[Revision | Assessment | Note | Appeal | LegalNotice | Report]] = {
        "earlier_texts": Revision,
        "findings": Assessment,
        "notes": Note,
        "appeals": Appeal,
        "legal_notices": LegalNotice,
        "reports": Report,
    }
    return {
        name: session.scalar(select(func.count()).select_from(kind).where(kind.comment_id.in_(comment_ids))) or 0
        for name, kind in kinds.items()
    }


def _record(
    session: Session, act: str, by: Actor, site_id: str, subject: tuple[str, str], erased: Erasure, *, of: str
) -> None:
    kind, subject_id = subject
    source = {"source": space} if (space := space_of(of)) else {}
    detail = asdict(erased) | source
    audit_log.record(session, act, by, site_id=site_id, subject_kind=kind, subject_id=subject_id, detail=detail)
