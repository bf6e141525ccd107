"""What is known about claimed comments before they are scored, read for the whole claim in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Article, ArticleIndex, Author, Comment
from service.moderation import authors, policies
from service.moderation.author_treatment import AuthorFacts
from service.moderation.claims import Claim
from service.moderation.policies import ActivePolicy
from service.moderation.repeats import Repeats, find_repeats
from service.vocabulary import CommentStatus

CONVERSATION = 50  # approved comments that the conversation under an article is read from


@dataclass(frozen=True, kw_only=True)
class Context:
    """One comment with everything that its scores and its verdict depend on, as it stood at the claim."""

    comment: Comment
    article: Article | None
    article_index: bytes | None  # None too where the article has text and nobody indexed it yet
    parent_text: str | None
    conversation: tuple[bytes, ...]
    repeats: Repeats
    policy: ActivePolicy
    author: AuthorFacts | None


def gather(session: Session, claim: Claim, /, *, index_version: str) -> list[Context]:
    """Return a context for every comment still held under the claim, in the order they wait."""
    rows = session.execute(
        select(Comment, Author.standing)
        .outerjoin(Author, authors.said_of())
        .where(
            Comment.id.in_(claim.comment_ids),
            Comment.claim_token == claim.token,
            Comment.status == CommentStatus.PENDING,
        )
        .order_by(Comment.wake_at, Comment.id)
    ).all()
    if not rows:
        return []
    comments = [comment for comment, _ in rows]
    articles = _articles(session, comments)
    indexes = _indexes(session, articles, index_version)
    parents = _parent_texts(session, comments)
    conversations = {article_id: _conversation(session, article_id) for article_id in articles}
    active = {site_id: policies.active(session, site_id) for site_id in {comment.site_id for comment in comments}}
    repeats = find_repeats(session, comments)
    rules = {site_id: policy.rules for site_id, policy in active.items()}
    known = authors.facts_of(session, ((comment, standing) for comment, standing in rows), rules)
    return [
        Context(
            comment=comment,
            article=articles.get(comment.article_id or ""),
            article_index=indexes.get(comment.article_id or ""),
            parent_text=parents.get(comment.parent_id or ""),
            conversation=conversations.get(comment.article_id or "", ()),
            repeats=repeats[comment.id],
            policy=active[comment.site_id],
            author=known.get(comment.id),
        )
        for comment in comments
    ]


def _articles(session: Session, comments: Sequence[Comment]) -> dict[str, Article]:
    ids = {comment.article_id for comment in comments if comment.article_id}
    if not ids:
        return {}
    return {article.id: article for article in session.scalars(select(Article).where(Article.id.in_(ids)))}


def _indexes(session: Session, articles: dict[str, Article], version: str) -> dict[str, bytes]:
    if not articles:
        return {}
    rows = session.execute(
        select(ArticleIndex.article_id, ArticleIndex.revision, ArticleIndex.content).where(
            ArticleIndex.article_id.in_(articles), ArticleIndex.version == version
        )
    )
    return {row.article_id: row.content for row in rows if row.revision == articles[row.article_id].revision}


def _parent_texts(session: Session, comments: Sequence[Comment]) -> dict[str, str]:
    ids = {comment.parent_id for comment in comments if comment.parent_id}
    if not ids:
        return {}
    rows = session.execute(select(Comment.id, Comment.text).where(Comment.id.in_(ids), Comment.erased_at.is_(None)))
    return {row.id: row.text for row in rows}


def _conversation(session: Session, article_id: str) -> tuple[bytes, ...]:
    vectors = session.scalars(
        select(Comment.vector)
        .where(
            Comment.article_id == article_id,
            Comment.status == CommentStatus.APPROVED,
            Comment.vector.is_not(None),
        )
        .order_by(Comment.decided_at.desc())
        .limit(CONVERSATION)
    )
    return tuple(vector for vector in vectors if vector is not None)
