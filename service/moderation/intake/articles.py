"""Articles as sites send them: stored whole, a new revision whenever what comments are compared with changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urldefrag

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from service.db import add_or_find, database_now
from service.models import Article
from service.models.article import ADDRESS_BEGINS

CHARACTERS_A_STEP = 2_500  # of an article take as long to read as an ordinary comment
MOST_READ = 45_000  # characters of a body that are read at all (workers/classifiers/relevance/passages.py)
FIND = select(Article).where(Article.site_id == bindparam("site_id"), Article.external_id == bindparam("external_id"))
LATEST_AT = (
    select(Article)
    .where(
        Article.site_id == bindparam("site_id"),
        literal_column(ADDRESS_BEGINS).in_(bindparam("beginnings", expanding=True)),
        Article.url.in_(bindparam("addresses", expanding=True)),
    )
    .order_by(func.length(Article.url).desc(), Article.updated_at.desc())  # the most exact first
    .limit(1)
)


NEXT_SECTION = (
    select(Article.section)
    .where(Article.site_id == bindparam("site_id"), Article.section > bindparam("last"))
    .where(Article.section.is_not(None))  # as the partial index spells it
    .order_by(Article.section)
    .limit(1)
)


@dataclass(frozen=True, kw_only=True)
class ArticleSubmission:
    """A validated article; text fields are "" where the site sent none."""

    id: str
    url: str | None = None
    title: str = ""
    key_points: tuple[str, ...] = ()
    body: str = ""
    language: str | None = None
    section: str | None = None
    published_at: datetime | None = None
    is_claimed: bool = False  # by a form that readers see


class Stored(NamedTuple):
    """A stored article, whether it is new, and whether what comments are compared with is."""

    article: Article
    is_new: bool
    is_changed: bool


def put(session: Session, site_id: str, submission: ArticleSubmission, /) -> Stored:
    """Store the article."""
    article, created = find_or_add(session, site_id, submission.id)
    content = (submission.title, list(submission.key_points), submission.body, submission.is_claimed)
    is_changed = (article.title, article.key_points, article.body, article.is_claimed) != content
    if is_changed and not created:
        article.revision += 1
    article.title, article.key_points, article.body = submission.title, list(submission.key_points), submission.body
    article.url, article.language, article.published_at = submission.url, submission.language, submission.published_at
    article.section = submission.section
    article.is_claimed, article.updated_at = submission.is_claimed, database_now()
    session.flush()
    return Stored(article, created, is_changed)


def steps_of(submission: ArticleSubmission, /) -> float:
    """Return how many comments it costs to read the article."""
    body, headings = len(submission.body), len(submission.title) + sum(map(len, submission.key_points))
    return min(body + headings, MOST_READ) / CHARACTERS_A_STEP


def find(session: Session, site_id: str, external_id: str, /) -> Article | None:
    """Return the site's article of that id, or None; another site's is None too."""
    return session.scalar(FIND, {"site_id": site_id, "external_id": external_id})


def find_at(session: Session, site_id: str, address: str, /) -> Article | None:
    """Return the site's article at that web address, or None."""
    addresses = spellings(address)
    beginnings = sorted({one[:300] for one in addresses})
    return session.scalar(LATEST_AT, {"site_id": site_id, "beginnings": beginnings, "addresses": addresses})


def spellings(address: str, /) -> list[str]:
    """Return the addresses that articles of the page at `address` may have.

    A fragment, a query that the article's own address lacks, and a slash at the end make no difference.
    """
    whole = urldefrag(address.strip())[0]
    spelt = {whole, whole.partition("?")[0]} - {""}
    return sorted(spelt | {one.rstrip("/") for one in spelt} | {f"{one.rstrip('/')}/" for one in spelt})


def sections(session: Session, site_id: str, /, *, limit: int) -> list[str]:
    """Return the first `limit` sections of the site's articles by name; each costs one look into the index."""
    found: list[str] = []
    while len(found) < limit:
        following = session.scalar(NEXT_SECTION, {"site_id": site_id, "last": found[-1] if found else ""})
        if following is None:
            break
        found.append(following)
    return found


def find_or_add(session: Session, site_id: str, external_id: str, /) -> tuple[Article, bool]:
    """Return the site's article of that id, adding one without text where there is none: its text may come later."""
    article = find(session, site_id, external_id)
    if article is not None:
        return article, False
    article = Article(site_id=site_id, external_id=external_id)
    return add_or_find(session, article, lambda: find(session, site_id, external_id))
