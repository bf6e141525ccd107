"""Whose id a caller means: the API's own, or that of one of the site's webhook sources.

A caller names the source, or `api`. Without a name the API's own object comes first; otherwise the only source that has
one. Where several have one, the caller must say which: nothing is guessed.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Conflict, NotFound
from service.models import Article, Author, Comment, WebhookSource
from service.models.stored_ids import API, in_space, space_of
from service.moderation.intake import articles, intake

BY_API = "api"  # how a caller names the API's own ids


def find_comment(
    session: Session, site_id: str, given: str, source: str | None = None, /, *, lock: bool = False
) -> Comment | None:
    """Return the comment that a caller means, or None. Raise Conflict where several sources have one."""
    if source is not None:
        return intake.find(session, site_id, in_space(of_source(session, site_id, source), given), lock=lock)
    comment = intake.find(session, site_id, given, lock=lock)
    if comment is None and (others := _in_sources(session, site_id, given)):
        chosen = select(Comment.external_id).where(Comment.site_id == site_id, Comment.external_id.in_(others))
        if (stored := only(session.scalars(chosen))) is not None:
            comment = intake.find(session, site_id, stored, lock=lock)
    return comment


def require_comment(
    session: Session, site_id: str, given: str, source: str | None = None, /, *, lock: bool = False
) -> Comment:
    """Return the comment that a caller means; raise NotFound, or Conflict where several sources have one."""
    comment = find_comment(session, site_id, given, source, lock=lock)
    if comment is None:
        raise NotFound("This site has no comment with this id.")
    return comment


def find_article(session: Session, site_id: str, given: str, source: str | None = None, /) -> Article | None:
    """Return the article that a caller means, or None. Raise Conflict where several sources have one."""
    if source is not None:
        return articles.find(session, site_id, in_space(of_source(session, site_id, source), given))
    article = articles.find(session, site_id, given)
    if article is None and (others := _in_sources(session, site_id, given)):
        chosen = select(Article.external_id).where(Article.site_id == site_id, Article.external_id.in_(others))
        if (stored := only(session.scalars(chosen))) is not None:
            article = articles.find(session, site_id, stored)
    return article


def author(session: Session, site_id: str, given: str, source: str | None = None, /) -> str:
    """Return the stored id of the author that a caller means; the API's own where nobody knows the author.

    Raise Conflict where several sources have one.
    """
    if source is not None:
        return in_space(of_source(session, site_id, source, authors=True), given)
    others = _in_sources(session, site_id, given, authors=True)
    if not others or is_known_author(session, site_id, given):
        return given
    return only(one for one in others if is_known_author(session, site_id, one)) or given


def is_known_author(session: Session, site_id: str, stored: str, /) -> bool:
    """Whether the site has a comment by the author, or remembers something of them."""
    theirs = (Comment.site_id == site_id, Comment.author_external_id == stored)
    row = (Author.site_id == site_id, Author.external_id == stored)
    kinds = (select(Author.id).where(*row), select(Comment.id).where(*theirs))
    return any(session.scalar(one.limit(1)) is not None for one in kinds)


def of_source(session: Session, site_id: str, source: str, /, *, authors: bool = False) -> str:
    """Return the id space of a named source, or of its authors; raise NotFound where the site has no such source."""
    if source == BY_API:
        return API
    row = session.scalar(select(WebhookSource).where(WebhookSource.site_id == site_id, WebhookSource.id == source))
    if row is None:
        raise NotFound("This site has no webhook source with this id.")
    return row.author_space if authors else row.id_space


def of_site(session: Session, site_id: str, /, *, authors: bool = False) -> list[str]:
    """Return the id spaces of the site's sources, removed ones included, without the API's."""
    column = WebhookSource.author_space if authors else WebhookSource.id_space
    return list(session.scalars(select(column).distinct().where(WebhookSource.site_id == site_id, column != API)))


def only(found: Iterable[str], /) -> str | None:
    """Return the one stored id of several sources' that exists, None where none does; raise Conflict for more."""
    stored = list(found)
    if len(stored) > 1:
        several = ", ".join(sorted(space_of(one) for one in stored))
        raise Conflict(f"Several sources have this id: {several}. Say which one you mean with ?source=.")
    return stored[0] if stored else None


def _in_sources(session: Session, site_id: str, given: str, *, authors: bool = False) -> list[str]:
    return [in_space(space, given) for space in of_site(session, site_id, authors=authors)]
