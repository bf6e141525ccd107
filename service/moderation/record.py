"""The read side: a comment with its scores, findings and decisions, as plain values for the API and the console.

Everything about many comments is read in one statement per kind, never one per comment. Times are RFC 3339 in UTC;
offsets are code points of the text, end exclusive. An attribute that no classifier could score is absent, not zero.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.models import Article, Assessment, Comment, Decision, Score


def receipt(comment: Comment, /) -> dict[str, Any]:
    """Return what a sender needs to follow a comment: ids, where it stands, times; no text."""
    return {
        "id": comment.external_id,
        "status": comment.status.value,
        "verdict": comment.verdict.value if comment.verdict else None,
        "revision": comment.revision,
        "version": comment.version,
        "length": comment.length,
        "received_at": rfc3339(comment.received_at),
        "decided_at": rfc3339(comment.decided_at),
    }


def present(session: Session, comment: Comment, /) -> dict[str, Any]:
    """Return one comment with everything that is known about its current revision."""
    return present_all(session, [comment])[0]


def present_all(session: Session, comments: Sequence[Comment], /) -> list[dict[str, Any]]:
    """Return the comments in the order given, each with everything that is known about its current revision."""
    articles = _articles(session, comments)
    # Version 1 is a comment as it came in: nobody has found or decided anything about it yet.
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
        "id": article.external_id,
        "url": article.url,
        "title": article.title,
        "key_points": list(article.key_points),
        "body": article.body,
        "language": article.language,
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
        "note": decision.note,
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
    author = {"id": comment.author_external_id, "name": comment.author_name} if comment.author_external_id else None
    return receipt(comment) | {
        "article_id": article_id,
        "parent_id": comment.parent_external_id,
        "author": author,
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
    rows = session.execute(select(Article.id, Article.external_id).where(Article.id.in_(wanted)))
    return {row.id: row.external_id for row in rows}


def _scores(session: Session, comments: Sequence[Comment]) -> dict[str, dict[str, dict[str, Any]]]:
    rows = session.execute(
        select(Score.comment_id, Score.attribute, Score.value, Score.classifier, Score.version)
        .where(_current_revision_of(Score, comments))
        .order_by(Score.id)
    )
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        found[row.comment_id][row.attribute.value] = {
            "value": row.value,
            "classifier": row.classifier,
            "version": row.version,
        }
    return found


def _findings(session: Session, comments: Sequence[Comment]) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        select(Assessment.comment_id, Assessment.language, Assessment.findings).where(
            _current_revision_of(Assessment, comments)
        )
    )
    return {row.comment_id: {"language": row.language} | row.findings for row in rows}


def _decisions(session: Session, comments: Sequence[Comment]) -> dict[str, list[Decision]]:
    ids = [comment.id for comment in comments]
    rows = session.scalars(
        select(Decision).where(Decision.comment_id.in_(ids)).order_by(Decision.created_at, Decision.id)
    )
    found: dict[str, list[Decision]] = defaultdict(list)
    for decision in rows:
        found[decision.comment_id].append(decision)
    return found


def _current_revision_of(kind: type[Score] | type[Assessment], comments: Sequence[Comment]) -> ColumnElement[bool]:
    if len(comments) == 1:  # the common case, and a plan that every database finds
        return and_(kind.comment_id == comments[0].id, kind.revision == comments[0].revision)
    return tuple_(kind.comment_id, kind.revision).in_([(comment.id, comment.revision) for comment in comments])
