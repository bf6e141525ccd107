"""Other articles that may be the same page: with the same address, or with the same id from another sender.

A form names an article by the page's id, a webhook source by its own; Moderato keeps the two apart (ADR 18). An equal
address says that they are one page. An equal id does not: the forum's topic 42 is not the blog's article 42.
"""

from typing import NamedTuple

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from service.models import Article
from service.models.article import ADDRESS_BEGINS
from service.models.stored_ids import API, bare, in_space
from service.moderation.intake import articles, id_spaces

MOST = 10


class AtAddress(NamedTuple):
    """Stored ids of other articles at an address, and whether there are more than `MOST`."""

    ids: list[str]
    are_more: bool


def with_its_address(session: Session, article: Article, /) -> AtAddress:
    """Return the site's other articles at the article's web address, those that a reader's browser named last."""
    if not article.url:
        return AtAddress([], are_more=False)
    addresses = [article.url, *articles.spellings(article.url)]
    found = select(Article.external_id).where(
        Article.site_id == article.site_id,
        literal_column(ADDRESS_BEGINS).in_({one[:300] for one in addresses}),
        Article.url.in_(addresses),
        Article.id != article.id,
    )
    ids = session.scalars(found.order_by(Article.is_claimed, Article.external_id).limit(MOST + 1)).all()
    return AtAddress(list(ids[:MOST]), are_more=len(ids) > MOST)


def with_its_id(session: Session, article: Article, /) -> list[str]:
    """Return the stored ids of articles of other senders with the article's id: of the API also where none came yet."""
    given = bare(article.external_id)
    by_sources = [in_space(space, given) for space in id_spaces.of_site(session, article.site_id)]
    known = select(Article.external_id).where(Article.site_id == article.site_id, Article.external_id.in_(by_sources))
    return [one for one in (in_space(API, given), *session.scalars(known)) if one != article.external_id]
