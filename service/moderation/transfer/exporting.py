"""Comments as `moderato export` writes them, a page at a time: JSON objects that `moderato import` reads, or cells.

Ordered by the time at which each was received, so that a file can be compared with the next one. Each page is read by
itself: a comment that changes meanwhile is in the file as it was when its page was read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from service.db import table
from service.models import Article, Comment
from service.models.stored_ids import SEPARATOR, bare
from service.moderation.decisions import record
from service.vocabulary import Attribute, CommentStatus

PAGE = 500
COLUMNS = (
    "id", "source", "text", "status", "article_id", "article_title", "article_url", "parent_id", "author_id",
    "author_name", "language", "created_at", "received_at", "decided_at", *(attribute.value for attribute in Attribute),
)  # fmt: skip
_article = table(Article).c
ARTICLES = select(_article.id, _article.external_id, _article.title, _article.url).where(
    _article.id.in_(bindparam("ids", expanding=True))
)
Position = tuple[datetime, str]  # of the last comment of the page before


def page(
    session: Session,
    site_id: str,
    /,
    *,
    after: Position | None,
    since: datetime | None,
    status: CommentStatus | None,
    space: str | None = None,
) -> tuple[list[dict[str, Any]], Position | None]:
    """Return the next comments, and the position after them; None at the end. With `space`, of one id space alone."""
    statement = select(Comment).where(Comment.site_id == site_id)
    if since is not None:
        statement = statement.where(Comment.received_at >= since)
    if status is not None:
        statement = statement.where(Comment.status == status)
    if space is not None:
        of_source = Comment.external_id.startswith(f"{space}{SEPARATOR}" if space else "", autoescape=True)
        statement = statement.where(of_source if space else ~Comment.external_id.contains(SEPARATOR, autoescape=True))
    if after is not None:
        at, external_id = after
        later = or_(Comment.received_at > at, and_(Comment.received_at == at, Comment.external_id > external_id))
        statement = statement.where(Comment.received_at >= at, later)
    comments = session.scalars(statement.order_by(Comment.received_at, Comment.external_id).limit(PAGE)).all()
    about = _articles(session, comments)
    told = zip(record.present_all(session, comments), comments, strict=True)
    found = [_exported(one, about.get(comment.article_id or "")) for one, comment in told]
    last = comments[-1] if len(comments) == PAGE else None
    return found, (last.received_at, last.external_id) if last else None


def cells(exported: dict[str, Any], /) -> Iterator[Any]:
    """Yield the values of `COLUMNS`; scores are those of the current text."""
    flat = exported | {
        f"{whole}_{part}": value for whole in ("article", "author") for part, value in exported.get(whole, {}).items()
    }
    scores = exported.get("scores", {})
    for column in COLUMNS:
        yield scores[column]["value"] if column in scores else flat.get(column)


def _articles(session: Session, comments: Sequence[Comment]) -> dict[str, Any]:
    ids = {comment.article_id for comment in comments if comment.article_id}
    return {row.id: row for row in session.execute(ARTICLES, {"ids": list(ids)})} if ids else {}


def _exported(one: dict[str, Any], article: Any) -> dict[str, Any]:
    places = {decision["id"]: place for place, decision in enumerate(one["decisions"])}
    told = {
        "id": one["id"],
        "source": one["source"],
        "status": one["status"],
        "text": one["text"],
        "article": _without_none({"id": bare(article.external_id), "title": article.title or None, "url": article.url})
        if article
        else None,
        "author": _without_none(one["author"] or {}),
        "parent_id": one["parent_id"],
        "language": one["language"],
        "created_at": one["created_at"],
        "received_at": one["received_at"],
        "edited_at": one["edited_at"],
        "decided_at": one["decided_at"],
        "erased_at": one["erased_at"],
        "revision": one["revision"],
        "scores": one["scores"],
        "decisions": [
            _without_none(
                {name: decision[name] for name in ("revision", "from", "to", "source", "actor", "policy_version")}
                | {"reasons": decision["reasons"] or None, "note": decision["note"] or None}
                | {"undoes": places.get(decision["undoes"]), "created_at": decision["created_at"]}
            )
            for decision in one["decisions"]
        ],
    }
    return {name: value for name, value in told.items() if value not in (None, {}, [])}


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
