"""The read side: a comment with its scores, findings and decisions, as plain values for the API and the console.

Everything about many comments is read in one statement per kind, never one per comment. Times are RFC 3339 in UTC;
offsets are code points of the text, end exclusive. An attribute that no classifier could score is absent, not zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select, tuple_
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.db import table
from service.models import Article, Assessment, Comment, Decision, Score
from service.models.stored_ids import bare, space_of
from service.vocabulary import CommentStatus

Pair = tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]


def _of_current_revision(kind: type[Score] | type[Assessment], statement: Select[*tuple[Any, ...]]) -> Pair:
    # For one comment, the common case, and for many: a condition on pairs is no plan that every database finds.
    columns = table(kind).c
    one = and_(columns.comment_id == bindparam("comment_id"), columns.revision == bindparam("revision"))
    pairs = tuple_(columns.comment_id, columns.revision).in_(bindparam("pairs", expanding=True))
    return statement.where(one), statement.where(pairs)


# Built once: building a statement costs more than running it.
_article, _score, _assessment = table(Article).c, table(Score).c, table(Assessment).c
ARTICLES = select(_article.id, _article.external_id).where(_article.id.in_(bindparam("ids", expanding=True)))
SCORES = _of_current_revision(
    Score,
    select(_score.comment_id, _score.attribute, _score.value, _score.classifier, _score.version).order_by(_score.id),
)
FINDINGS = _of_current_revision(Assessment, select(_assessment.comment_id, _assessment.language, _assessment.findings))
DECISIONS = (
    select(Decision)
    .where(Decision.comment_id.in_(bindparam("ids", expanding=True)))
    .order_by(Decision.created_at, Decision.id)
)


def in_force(made: Sequence[Any], /) -> list[Any]:
    """Return those of a comment's decisions (or rows with `id` and `undoes`) that are neither undone nor undo one."""
    undone = {one.undoes for one in made}
    return [one for one in made if one.undoes is None and one.id not in undone]


def not_undone(decision: Any = Decision, /) -> tuple[ColumnElement[bool], ...]:
    """Return the same as conditions on decisions: on the class, or on the columns of its table."""
    undo = table(Decision).alias("undo").c
    return decision.undoes.is_(None), ~select(undo.id).where(undo.undoes == decision.id).exists()


def source_of(stored: str, /) -> str | None:
    """Return the webhook source that an id belongs to, None for the API's own."""
    return space_of(stored) or None


def receipt(comment: Comment, /) -> dict[str, Any]:
    """Return what a sender needs to follow a comment: ids, status, times; no text."""
    return {
        "id": bare(comment.external_id),
        "source": source_of(comment.external_id),
        "status": comment.status.value,
        "verdict": comment.verdict.value if comment.verdict else None,
        "revision": comment.revision,
        "version": comment.version,
        "length": comment.length,
        "received_at": rfc3339(comment.received_at),
        "decided_at": rfc3339(comment.decided_at),
    }


def first_receipt(comment: Comment, /) -> dict[str, Any]:
    """Return the receipt as it was when the text came in, for a sender who may not know what became of it."""
    pending = {"status": CommentStatus.PENDING.value, "verdict": None, "version": comment.revision, "decided_at": None}
    return receipt(comment) | pending


def present(session: Session, comment: Comment, /) -> dict[str, Any]:
    """Return one comment with everything that is known about its current revision."""
    return present_all(session, [comment])[0]


def present_all(session: Session, comments: Sequence[Comment], /) -> list[dict[str, Any]]:
    """Return the comments in the order given, each with everything that is known about its current revision."""
    articles = _articles(session, comments)
    # Version 1 is a comment as submitted: it has no findings and no decision yet.
    touched = [comment for comment in comments if comment.version > 1]
    scores = _scores(session, touched) if touched else {}
    findings = _findings(session, touched) if touched else {}
    decided = _decisions(session, touched) if touched else {}
    return [
        _presented(
            comment,
            article_id=articles.get(comment.article_id or ""),
            scores=scores.get(comment.id, {}),
            findings=findings.get(comment.id),
            decisions=decided.get(comment.id, []),
        )
        for comment in comments
    ]


def present_article(article: Article, /) -> dict[str, Any]:
    """Return an article as it was stored."""
    return {
        "id": bare(article.external_id),
        "source": source_of(article.external_id),
        "url": article.url,
        "title": article.title,
        "key_points": list(article.key_points),
        "body": article.body,
        "language": article.language,
        "section": article.section,
        "published_at": rfc3339(article.published_at),
        "revision": article.revision,
        "created_at": rfc3339(article.created_at),
        "updated_at": rfc3339(article.updated_at),
    }


def present_decision(decision: Decision, /) -> dict[str, Any]:
    """Return one decision: from, to, who, why, when."""
    return {
        "id": decision.id,
        "revision": decision.revision,
        "from": decision.from_status.value,
        "to": decision.to_status.value,
        "verdict": decision.verdict.value,
        "source": decision.source.value,
        "actor": decision.actor or None,
        "policy_version": decision.policy_version,
        "reasons": decision.reasons,
        "overrides": decision.overrides or [],
        "note": decision.note,
        "undoes": decision.undoes,
        "created_at": rfc3339(decision.created_at),
    }


def page(
    session: Session, conditions: Sequence[ColumnElement[bool]], /, *, after: tuple[Any, str] | None, limit: int
) -> tuple[Sequence[Comment], bool]:
    """Return up to `limit` comments that fulfil `conditions`, newest first, and whether there are more.

    `after` holds `received_at` and `id` of the last one of the page before, so that comments that arrive meanwhile
    shift nothing.
    """
    statement = select(Comment).where(*conditions)
    if after is not None:
        received_at, comment_id = after
        statement = statement.where(
            Comment.received_at <= received_at,
            or_(Comment.received_at < received_at, and_(Comment.received_at == received_at, Comment.id < comment_id)),
        )
    found = session.scalars(statement.order_by(Comment.received_at.desc(), Comment.id.desc()).limit(limit + 1)).all()
    return found[:limit], len(found) > limit


def _presented(
    comment: Comment,
    *,
    article_id: str | None,
    scores: dict[str, dict[str, Any]],
    findings: dict[str, Any] | None,
    decisions: list[Decision],
) -> dict[str, Any]:
    current = [decision for decision in decisions if decision.revision == comment.revision]
    # While a comment is pending again after an edit, the reasons of its earlier text are history.
    latest = current[-1] if current and comment.verdict is not None else None
    by_policy = [decision.policy_version for decision in current if decision.policy_version is not None]
    author = {"id": bare(comment.author_external_id), "name": comment.author_name}
    return receipt(comment) | {
        "article_id": article_id,
        "parent_id": bare(comment.parent_external_id),
        "author": author if any(author.values()) else None,
        "text": comment.text,
        "language": comment.language,
        "reasons": latest.reasons if latest else [],
        "scores": scores,
        "findings": findings,
        "policy_version": by_policy[-1] if by_policy else None,
        "decisions": [present_decision(decision) for decision in decisions],
        "created_at": rfc3339(comment.created_at),
        "edited_at": rfc3339(comment.edited_at),
        "erased_at": rfc3339(comment.erased_at),
        "pending_since": rfc3339(comment.pending_since),
    }


def _articles(session: Session, comments: Sequence[Comment]) -> dict[str, str]:
    wanted = {comment.article_id for comment in comments if comment.article_id}
    if not wanted:
        return {}
    return {row.id: bare(row.external_id) for row in session.execute(ARTICLES, {"ids": list(wanted)})}


def _scores(session: Session, comments: Sequence[Comment]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in _current(session, SCORES, comments):
        found[row.comment_id][row.attribute.value] = {
            "value": row.value,
            "classifier": row.classifier,
            "version": row.version,
        }
    return found


def _findings(session: Session, comments: Sequence[Comment]) -> dict[str, dict[str, Any]]:
    return {row.comment_id: {"language": row.language} | row.findings for row in _current(session, FINDINGS, comments)}


def _decisions(session: Session, comments: Sequence[Comment]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    for decision in session.scalars(DECISIONS, {"ids": [comment.id for comment in comments]}):
        found[decision.comment_id].append(decision)
    return found


def _current(session: Session, statements: Pair, comments: Sequence[Comment]) -> Iterable[Row[*tuple[Any, ...]]]:
    of_one, of_many = statements
    if len(comments) == 1:
        return session.execute(of_one, {"comment_id": comments[0].id, "revision": comments[0].revision})
    return session.execute(of_many, {"pairs": [(comment.id, comment.revision) for comment in comments]})
