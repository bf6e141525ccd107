"""What helps to decide on one comment: reasons, article, conversation, author, history; a statement for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Article, Assessment, Comment, Decision, Note, Revision, Score
from service.models.stored_ids import API, in_space, space_of
from service.moderation.authors import author_file
from service.moderation.authors.author_file import AuthorFile
from service.moderation.decisions import record
from service.moderation.intake import id_spaces
from service.moderation.judgement import ranking
from service.moderation.judgement.findings import Findings
from service.moderation.judgement.reason_texts import REPEATS
from service.moderation.review import precedents, reservations
from service.moderation.review.precedents import Precedents
from service.moderation.review.reservations import Hold
from service.sentences import read_back
from service.vocabulary import HOLDING, CommentStatus, Reason

THREAD = 6
RECENT = 5


@dataclass(frozen=True, kw_only=True)
class AuthorHistory:
    """The author's file, and the last decisions on their other comments."""

    file: AuthorFile
    recent: Sequence[tuple[Decision, Comment]]


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """One comment and all that is known about it."""

    comment: Comment
    scores: Sequence[Score]
    findings: Findings
    reasons: Sequence[Mapping[str, Any]]  # why it was held or decided by the policy, worst first
    overrides: Sequence[Mapping[str, Any]]  # of the policy, that applied then
    article: Article | None
    repeats: Comment | None  # the earlier comment that it repeats, by the policy's reasons
    parent: Comment | None
    siblings: Sequence[Comment]  # approved replies beside it, in order
    replies: Sequence[Comment]
    author: AuthorHistory | None
    revisions: Sequence[Revision]
    decisions: Sequence[Decision]
    notes: Sequence[Note]
    precedents: Precedents
    hold: Hold | None


def read(session: Session, comment: Comment, /) -> Dossier:
    """Gather the dossier of a comment of this session."""
    made = session.scalars(
        select(Decision).where(Decision.comment_id == comment.id).order_by(Decision.created_at, Decision.id)
    ).all()
    holding = [one for one in record.in_force(made) if one.source in HOLDING]
    current = [decision for decision in holding if decision.revision == comment.revision]
    reasons = ranking.worst_first(current[-1].reasons) if current else []
    assessment = session.get(Assessment, (comment.id, comment.revision))
    return Dossier(
        comment=comment,
        scores=session.scalars(
            select(Score)
            .where(Score.comment_id == comment.id, Score.revision == comment.revision)
            .order_by(Score.value.desc())
        ).all(),
        findings=Findings.from_record(assessment.findings if assessment else {}),
        reasons=reasons,
        overrides=(current[-1].overrides or ()) if current else (),
        article=session.get(Article, comment.article_id) if comment.article_id else None,
        repeats=_repeated(session, comment, reasons),
        parent=session.get(Comment, comment.parent_id) if comment.parent_id else None,
        siblings=_approved_under(session, comment.parent_id, but=comment.id) if comment.parent_id else (),
        replies=_approved_under(session, comment.id, but=comment.id),
        author=_author(session, comment),
        revisions=session.scalars(
            select(Revision).where(Revision.comment_id == comment.id).order_by(Revision.number)
        ).all(),
        decisions=made,
        notes=session.scalars(select(Note).where(Note.comment_id == comment.id).order_by(Note.created_at)).all(),
        precedents=precedents.of_comment(session, comment),
        hold=reservations.holder(session, comment.id),
    )


def _approved_under(session: Session, parent_id: str, *, but: str) -> Sequence[Comment]:
    return session.scalars(
        select(Comment)
        .where(Comment.parent_id == parent_id, Comment.id != but, Comment.status == CommentStatus.APPROVED)
        .order_by(Comment.received_at)
        .limit(THREAD)
    ).all()


def _author(session: Session, comment: Comment) -> AuthorHistory | None:
    if comment.author_external_id is None:
        return None
    return AuthorHistory(
        file=author_file.read(session, comment.site_id, comment.author_external_id),
        recent=author_file.recent(session, comment.site_id, comment.author_external_id, limit=RECENT, but=comment.id),
    )


def _repeated(session: Session, comment: Comment, reasons: Sequence[Mapping[str, Any]]) -> Comment | None:
    """Return the comment that a reason names; where several sources have the id, that of the comment's own comes first.

    None also where it is erased by now: there is nothing to compare.
    """
    named = next((reason.get("text", "") for reason in reasons if reason.get("code") == Reason.DUPLICATE), "")
    said = read_back(named, (REPEATS,))
    if said is None:
        return None
    repeated = said[1]["comment"]
    spaces = [space_of(comment.external_id), API, *id_spaces.of_site(session, comment.site_id)]
    stored = [in_space(space, repeated) for space in spaces]
    found = session.scalars(
        select(Comment).where(
            Comment.site_id == comment.site_id,
            Comment.external_id.in_(stored),
            Comment.id != comment.id,
            Comment.erased_at.is_(None),
        )
    )
    return min(found, key=lambda other: stored.index(other.external_id), default=None)
