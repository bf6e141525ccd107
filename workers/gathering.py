"""What is known about claimed comments before they are scored, read for the whole claim in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from service.db import table
from service.models import Article, ArticleIndex, Author, Comment, Score, ShadowPolicy
from service.moderation.authors import facts
from service.moderation.authors import standing as standings
from service.moderation.decisions import kept_down
from service.moderation.decisions.claims import Claim
from service.moderation.intake.repeats import Repeats, find_repeats
from service.moderation.judgement.author_treatment import AuthorFacts
from service.moderation.policy import policies
from service.moderation.policy.effective import Effective, Place, effective
from service.moderation.policy.places import place_of
from service.moderation.policy.rules import Rules
from service.moderation.trials import shadow
from service.vocabulary import Attribute, CommentStatus

CONVERSATION = 50  # approved comments that the conversation under an article is read from

# Built once: building a statement costs more than running it.
_comment, _index, _score = table(Comment).c, table(ArticleIndex).c, table(Score).c
HELD = (
    select(Comment, Author.standing)
    .outerjoin(Author, standings.of_comment_author())
    .where(
        Comment.id.in_(bindparam("ids", expanding=True)),
        Comment.claim_token == bindparam("token"),
        Comment.status == CommentStatus.PENDING,
    )
    .order_by(Comment.turn, Comment.id)
)
ARTICLES = select(Article).where(Article.id.in_(bindparam("ids", expanding=True)))
INDEXES = select(_index.article_id, _index.revision, _index.content).where(
    _index.article_id.in_(bindparam("ids", expanding=True)), _index.version == bindparam("version")
)
PARENTS = select(_comment.id, _comment.text).where(
    _comment.id.in_(bindparam("ids", expanding=True)), _comment.erased_at.is_(None)
)
_newest = (
    select(_comment.id, _comment.revision, _comment.vector, _comment.decided_at)
    .where(_comment.article_id == bindparam("article_id"), _comment.status == CommentStatus.APPROVED)
    .order_by(_comment.decided_at.desc())
    .limit(2 * CONVERSATION)  # read before it is asked which have a vector: of an old article none may have one
    .subquery()
)
# Vectors of two encoders do not compare, and nothing in their bytes tells them apart: the score made with one does.
VECTORS = (
    select(_newest.c.vector)
    .where(
        _newest.c.vector.is_not(None),
        exists().where(
            _score.comment_id == _newest.c.id,
            _score.revision == _newest.c.revision,
            _score.attribute == Attribute.OFF_TOPIC,
            _score.version == bindparam("version"),
        ),
    )
    .order_by(_newest.c.decided_at.desc())
    .limit(CONVERSATION)
)


@dataclass(frozen=True, kw_only=True)
class CommentContext:
    """One comment with everything that its scores and its verdict depend on, as it stood at the claim."""

    comment: Comment
    article: Article | None
    article_index: bytes | None  # also None where the article has text and is not indexed yet
    parent_text: str | None
    conversation: tuple[bytes, ...]
    repeats: Repeats
    policy_version: int
    place: Place
    effective: Effective
    author: AuthorFacts | None
    kept_down: str | None  # why a person kept an earlier text of it down
    shadow: ShadowPolicy | None = None  # that runs beside the policy

    @property
    def rules(self) -> Rules:
        """The rules that hold for it."""
        return self.effective.rules

    @cached_property
    def shadow_rules(self) -> Rules | None:
        """The shadow's rules that hold for it; None where no shadow runs."""
        if self.shadow is None:
            return None
        return effective(shadow.rules_of(self.shadow), self.place, self.comment.pending_since).rules


def gather(session: Session, claim: Claim, /, *, index_version: str, relevance_version: str) -> list[CommentContext]:
    """Return a context for every comment still held under the claim, in the order they wait.

    The versions are those of the classifiers that will read it: what others made of articles and comments is left out.
    """
    rows = session.execute(HELD, {"ids": claim.comment_ids, "token": claim.token}).all()
    if not rows:
        return []
    comments = [comment for comment, _ in rows]
    articles = _articles(session, comments)
    indexes = _indexes(session, articles, index_version)
    parents = _parent_texts(session, comments)
    conversations = {article_id: _conversation(session, article_id, relevance_version) for article_id in articles}
    active = {site_id: policies.active(session, site_id) for site_id in {comment.site_id for comment in comments}}
    shadows = {site_id: shadow.running(session, site_id) for site_id in active}
    repeats = find_repeats(session, comments)
    places = {comment.id: place_of(comment.external_id, articles.get(comment.article_id or "")) for comment in comments}
    here = {
        comment.id: effective(active[comment.site_id].rules, places[comment.id], comment.pending_since)
        for comment in comments
    }
    rules = {comment_id: found.rules for comment_id, found in here.items()}
    kept = kept_down.of_comments(session, [comment.id for comment in comments if comment.revision > 1])
    known = facts.facts_of(session, ((comment, standing) for comment, standing in rows), rules)
    return [
        CommentContext(
            comment=comment,
            article=articles.get(comment.article_id or ""),
            article_index=indexes.get(comment.article_id or ""),
            parent_text=parents.get(comment.parent_id or ""),
            conversation=conversations.get(comment.article_id or "", ()),
            repeats=repeats[comment.id],
            policy_version=active[comment.site_id].version,
            place=places[comment.id],
            effective=here[comment.id],
            author=known.get(comment.id),
            kept_down=kept.get(comment.id),
            shadow=shadows[comment.site_id],
        )
        for comment in comments
    ]


def _articles(session: Session, comments: Sequence[Comment]) -> dict[str, Article]:
    ids = {comment.article_id for comment in comments if comment.article_id}
    if not ids:
        return {}
    return {article.id: article for article in session.scalars(ARTICLES, {"ids": list(ids)})}


def _indexes(session: Session, articles: dict[str, Article], version: str) -> dict[str, bytes]:
    if not articles:
        return {}
    rows = session.execute(INDEXES, {"ids": list(articles), "version": version})
    return {row.article_id: row.content for row in rows if row.revision == articles[row.article_id].revision}


def _parent_texts(session: Session, comments: Sequence[Comment]) -> dict[str, str]:
    ids = {comment.parent_id for comment in comments if comment.parent_id}
    if not ids:
        return {}
    return {row.id: row.text for row in session.execute(PARENTS, {"ids": list(ids)})}


def _conversation(session: Session, article_id: str, version: str) -> tuple[bytes, ...]:
    return tuple(session.scalars(VECTORS, {"article_id": article_id, "version": version}))
