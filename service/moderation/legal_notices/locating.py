"""Which comment a location names: an id, ours or the CMS's, or the address of a page that points to the comment.

Of an address only what names a comment is tried: the part behind `#`, and parameters that are called after comments. A
number in a path may be anything. Where nothing or more than one comment has the id, no comment is named.
"""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy.orm import Session

from service.models import Article, Comment
from service.moderation.search import by_id
from service.moderation.text import publisher_ids

MOST_TRIED = 6  # ids in one address: each costs several statements, and a stranger wrote the address
PREFIXED = re.compile(r"(?:comment|c|reply|li-comment|div-comment)[-_:=/]?(.+)", re.IGNORECASE)
PARAMETER = re.compile(r"comment|reply", re.IGNORECASE)


def find(session: Session, site_id: str, location: str, /) -> Comment | None:
    """Return the one comment of the site that the location names, None where it names none."""
    for given in islice(dict.fromkeys(_ids(location)), MOST_TRIED):
        found = by_id.find(session, site_id, given) if publisher_ids.is_id(given) else by_id.Found()
        ids = [found.comment] if found.comment else found.comments
        comment = session.get(Comment, ids[0]) if len(ids) == 1 else None
        if comment is not None and _is_on(session, comment, location):
            return comment
    return None


def _ids(location: str) -> Iterator[str]:
    yield location
    try:
        parts = urlsplit(location)
    except ValueError:
        return
    if parts.scheme not in ("http", "https"):
        return
    fragment = unquote(parts.fragment)
    values = [value for name, value in parse_qsl(parts.query) if PARAMETER.search(name)]
    for value in (fragment, *values):
        yield value
        if found := PREFIXED.fullmatch(value):
            yield found[1]


def _is_on(session: Session, comment: Comment, location: str) -> bool:
    """Whether an address can be that of the comment: another article's page names another comment."""
    article = session.get(Article, comment.article_id) if comment.article_id else None
    if article is None or not article.url or not location.startswith(("http://", "https://")):
        return True
    page, known = urlsplit(location), urlsplit(article.url)
    return (page.hostname, page.path.rstrip("/")) == (known.hostname, known.path.rstrip("/"))
