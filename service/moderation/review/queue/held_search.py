"""What a search in the review queue finds: the same as one in all comments, and any part of a held text.

The index of words, which all comments share, has text, author's name and article's title without case and accents;
new texts are in it after seconds. The index of held texts has a text at once, and parts of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from service.models import Article, Comment
from service.moderation.review.queue import held_text, index_hints
from service.moderation.review.queue.queue_filter import QueueFilter
from service.moderation.review.queue.queue_statements import matching
from service.moderation.search import by_id, index, word_conditions
from service.moderation.search.comment_filter import MOST_WORDS
from service.moderation.text.search_words import words_of


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was typed, and what at the site has it as its id; `authors` and `articles` are stored ids."""

    site_id: str
    text: str
    words: Sequence[str]  # none where it has too many
    comments: Sequence[str]  # ids of ours
    authors: Sequence[str]
    articles: Sequence[str]


def look_up(session: Session, site_id: str, text: str, /) -> Wanted:
    """Return what was typed with the ids that it can mean."""
    found = by_id.find(session, site_id, text)
    words = words_of(text)
    return Wanted(
        site_id=site_id,
        text=text,
        words=words if len(words) <= MOST_WORDS else (),
        comments=[found.comment] if found.comment else found.comments,
        authors=found.authors,
        articles=found.articles,
    )


def condition(wanted: Wanted, of: Any, /) -> ColumnElement[bool]:
    """Return the condition on `Comment`, or on columns with its names, that it is found."""
    either = [held_text.contains(of.text, wanted.text)]
    if wanted.words:
        either.append(word_conditions.of_comment(of.id, wanted.words))
    if wanted.comments:
        either.append(of.id.in_(wanted.comments))
    if wanted.authors:
        either.append(of.author_external_id.in_(wanted.authors))
    if wanted.articles:
        known = select(Article.id).where(Article.site_id == wanted.site_id, Article.external_id.in_(wanted.articles))
        either.append(of.article_id.in_(known))
    return or_(*either)


def find(session: Session, wanted: Wanted, /, *, escalated: bool) -> ColumnElement[bool] | None:
    """Return the condition of all comments of a lane that are found, by their ids; None where those are too many.

    Ids of other lanes are among them.
    """
    with_text = held_text.find(session, wanted.text)
    if with_text is None:
        return None
    found = {*wanted.comments}
    if wanted.words:
        with_words = index.find(session, wanted.site_id, wanted.words, at_most=held_text.RARE)
        if with_words is None:
            return None
        found.update(with_words)
    lane = [QueueFilter(author=one, escalated=escalated) for one in wanted.authors]
    lane += [QueueFilter(article=one, escalated=escalated) for one in wanted.articles]
    for chosen in lane:
        theirs = index_hints.for_count(matching(select(Comment.id), wanted.site_id, chosen, whole=True), chosen)
        ids = session.scalars(theirs.limit(held_text.RARE + 1)).all()
        if len(ids) > held_text.RARE:
            return None
        found.update(ids)
    if session.get_bind().dialect.name == "postgresql":  # whose index of texts has read them already
        return word_conditions.is_among({*found, *with_text})
    has_text = and_(word_conditions.is_among(with_text), held_text.contains(Comment.text, wanted.text))
    return or_(word_conditions.is_among(found), has_text)
