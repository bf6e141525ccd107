"""Repeats and floods: has this been said already, and how much does this author say.

Only earlier comments count, so that of two equal ones the first goes through, whichever is judged first. Near repeats
are looked for among the author's last 50 and the article's last 200 comments of a day, by SimHash, and confirmed on the
texts. Asked for a whole claim at once: each author, each article and each text is looked up once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from service.db import UtcDateTime, table
from service.models import Comment
from service.models.stored_ids import bare
from service.moderation.text.fingerprints import distance, words_of

WINDOW = timedelta(hours=24)
BY_AUTHOR, UNDER_ARTICLE = 50, 200
NEAR_BITS = 14  # of 64: copies with a word or two changed stay within, unrelated texts lie around 32
NEAR_RATIO = 90.0  # per cent of equal words, rapidfuzz's ratio
NEAR_WORDS = 8  # shorter remarks resemble each other without being repeats
MOST_WORDS = 2_000  # compared, as many as the SimHash counts
CONFIRMED = 5  # nearest candidates whose texts are compared
EQUALS = 200  # latest comments of the same text among which one by the author or under the article is looked for
COUNTED = 10_001  # an author's comments of an hour that are counted: one more than any policy can allow

_c = table(Comment).c
Equal = Row[str, datetime, str, str | None, str | None]
Earlier = Row[str, datetime, int]  # id, received_at, simhash
Name = TypeVar("Name")
Circle = tuple[str, str, str]  # site, "author" or "article", its id: among whose comments repeats are looked for


# Each statement reads its limit and no more, by one index. Given the site and a time beside something else, a planner
# may take the index of these two and read the site's whole day: so the site is left out, or the time part of a pair.
def _equal_before() -> Select[*tuple[Any, ...]]:
    text_then = tuple_(_c.text_digest, _c.received_at)
    newest = (
        select(_c.id, _c.received_at, _c.external_id, _c.article_id, _c.author_external_id, _c.erased_at)
        .where(
            _c.site_id == bindparam("site_id"),
            text_then >= tuple_(bindparam("digest"), bindparam("since", type_=UtcDateTime)),
            text_then <= tuple_(bindparam("digest"), bindparam("until", type_=UtcDateTime)),
        )
        .order_by(_c.text_digest.desc(), _c.received_at.desc())
        .limit(EQUALS)
        .subquery()
    )
    columns = (newest.c.id, newest.c.received_at, newest.c.external_id, newest.c.article_id)
    return (
        select(*columns, newest.c.author_external_id)
        .where(newest.c.erased_at.is_(None))
        .order_by(newest.c.received_at, newest.c.id)
    )


def _latest(circle: tuple[ColumnElement[bool], ...], size: int) -> Select[str, datetime, int]:
    newest = (
        select(_c.id, _c.received_at, _c.simhash, _c.erased_at)
        .where(*circle, _c.received_at >= bindparam("since"), _c.received_at <= bindparam("until"))
        .order_by(_c.received_at.desc())
        .limit(size)
        .subquery()
    )
    return select(newest.c.id, newest.c.received_at, newest.c.simhash).where(newest.c.erased_at.is_(None))


_by_author = (_c.site_id == bindparam("site_id"), _c.author_external_id == bindparam("value"))
EQUAL = _equal_before()
LATEST = {
    "author": _latest(_by_author, BY_AUTHOR),
    "article": _latest((_c.article_id == bindparam("value"),), UNDER_ARTICLE),
}
TEXTS = select(_c.external_id, _c.text).where(_c.id.in_(bindparam("ids", expanding=True)))
RECENT = select(func.count()).select_from(
    select(_c.id)
    .where(*_by_author, _c.received_at > bindparam("since"), _c.received_at <= bindparam("until"))
    .limit(COUNTED)
    .subquery()
)


@dataclass(frozen=True)
class Repeats:
    """The external id of the earlier comment that this one repeats, and the author's comments of the last hour."""

    repeat_of: str | None
    recent_by_author: int


def find_repeats(session: Session, comments: Sequence[Comment], /) -> dict[str, Repeats]:
    """Return, by id, what each comment repeats: by the same author or under the same article, within 24 hours.

    The comments of one claim may be of several sites and days; each is compared with its own site's and day's alone.
    """
    since = min(comment.received_at for comment in comments) - WINDOW
    equal = _equal(session, comments, since)
    near = _near_in_time(session, comments, since)
    found = {}
    for comment in comments:
        rows = {row.id: row for circle in _circles(comment) for row in near[circle]}
        repeat = _exact(comment, equal) or _near(session, comment, rows.values())
        found[comment.id] = Repeats(repeat, _recent(session, comment, near))
    return found


def _circles(comment: Comment) -> list[Circle]:
    circles = (("author", comment.author_external_id), ("article", comment.article_id))
    return [(comment.site_id, kind, value) for kind, value in circles if value is not None]


def _equal(session: Session, comments: Sequence[Comment], since: datetime) -> dict[tuple[str, str], Sequence[Equal]]:
    until = _latest_of(((comment.site_id, comment.text_digest), comment) for comment in comments)
    return {
        text: session.execute(EQUAL, {"site_id": text[0], "digest": text[1], "since": since, "until": latest}).all()
        for text, latest in until.items()
    }


def _near_in_time(session: Session, comments: Sequence[Comment], since: datetime) -> dict[Circle, Sequence[Earlier]]:
    until = _latest_of((circle, comment) for comment in comments for circle in _circles(comment))
    near = {}
    for circle, latest in until.items():
        site_id, kind, value = circle
        asked = {"value": value, "since": since, "until": latest} | ({"site_id": site_id} if kind == "author" else {})
        near[circle] = session.execute(LATEST[kind], asked).all()
    return near


def _latest_of(named: Iterable[tuple[Name, Comment]]) -> dict[Name, datetime]:
    """Return under each name when the latest of its comments was received."""
    latest: dict[Name, datetime] = {}
    for name, comment in named:
        latest[name] = max(comment.received_at, latest.get(name, comment.received_at))
    return latest


def _exact(comment: Comment, equal: dict[tuple[str, str], Sequence[Equal]]) -> str | None:
    for row in equal.get((comment.site_id, comment.text_digest), ()):
        related = (comment.author_external_id is not None and row.author_external_id == comment.author_external_id) or (
            comment.article_id is not None and row.article_id == comment.article_id
        )
        if related and _is_earlier(row, comment):
            return bare(str(row.external_id))
    return None


def _near(session: Session, comment: Comment, rows: Iterable[Earlier]) -> str | None:
    alike = [(distance(comment.simhash, row.simhash), row) for row in rows]
    candidates = [(bits, row) for bits, row in alike if bits <= NEAR_BITS and _is_earlier(row, comment)]
    if not candidates:
        return None
    words = words_of(comment.text)[:MOST_WORDS]
    if len(words) < NEAR_WORDS:
        return None
    nearest = sorted(candidates, key=lambda candidate: (candidate[0], candidate[1].received_at, candidate[1].id))
    texts = session.execute(TEXTS, {"ids": [row.id for _, row in nearest[:CONFIRMED]]})
    for external_id, text in texts:
        if fuzz.ratio(words, words_of(text)[:MOST_WORDS]) >= NEAR_RATIO:
            return bare(str(external_id))
    return None


def _recent(session: Session, comment: Comment, near: dict[Circle, Sequence[Earlier]]) -> int:
    if comment.author_external_id is None:
        return 1
    since = comment.received_at - timedelta(hours=1)
    rows = near[comment.site_id, "author", comment.author_external_id]
    if len(rows) < BY_AUTHOR:
        return sum(since < row.received_at <= comment.received_at for row in rows)
    asked = {
        "site_id": comment.site_id,
        "value": comment.author_external_id,
        "since": since,
        "until": comment.received_at,
    }
    return session.scalar(RECENT, asked) or 1


def _is_earlier(row: Equal | Earlier, comment: Comment) -> bool:
    since = comment.received_at - WINDOW
    return since <= row.received_at and (row.received_at, row.id) < (comment.received_at, comment.id)
