"""Repeats and floods: has this been said already, and how much does this author say.

Only earlier comments count, so that of two equal ones the first goes through, whichever is judged first. Near repeats
are looked for among the author's last 50 and the article's last 200 comments of a day, by SimHash, and confirmed on the
texts. Asked for a whole claim at once: a handful of statements, however many comments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from service.models import Comment
from service.moderation.fingerprints import distance, words_of

WINDOW = timedelta(hours=24)
BY_AUTHOR, UNDER_ARTICLE = 50, 200
NEAR_BITS = 14  # of 64: copies with a word or two changed stay within, unrelated texts lie around 32
NEAR_RATIO = 90.0  # per cent of equal words, rapidfuzz's ratio
NEAR_WORDS = 8  # shorter remarks resemble each other without being repeats
CONFIRMED = 5  # nearest candidates whose texts are compared

_COLUMNS = (
    Comment.id,
    Comment.external_id,
    Comment.received_at,
    Comment.article_id,
    Comment.author_external_id,
    Comment.text_digest,
    Comment.simhash,
)
Earlier = Row[str, str, datetime, str | None, str | None, str, int]


@dataclass(frozen=True)
class Repeats:
    """The external id of the earlier comment that this one repeats, and the author's comments of the last hour."""

    repeat_of: str | None
    recent_by_author: int


def find_repeats(session: Session, comments: Sequence[Comment], /) -> dict[str, Repeats]:
    """Return, by id, what each comment repeats: by the same author or under the same article, within 24 hours."""
    equal = _equal(session, comments)
    near: dict[tuple[str, str], list[Earlier]] = {}
    found = {}
    for comment in comments:
        for kind, value, size in _circles(comment):
            if (kind, value) not in near:
                near[kind, value] = _latest(session, comment, kind, value, size)
        circles = [near[kind, value] for kind, value, _ in _circles(comment)]
        repeat = _exact(comment, equal) or _near(session, comment, [row for rows in circles for row in rows])
        found[comment.id] = Repeats(repeat, _recent(session, comment, near))
    return found


def _circles(comment: Comment) -> list[tuple[str, str, int]]:
    circles = []
    if comment.author_external_id is not None:
        circles.append(("author", comment.author_external_id, BY_AUTHOR))
    if comment.article_id is not None:
        circles.append(("article", comment.article_id, UNDER_ARTICLE))
    return circles


def _equal(session: Session, comments: Sequence[Comment]) -> dict[tuple[str, str], list[Earlier]]:
    rows = session.execute(
        select(*_COLUMNS, Comment.site_id)
        .where(
            Comment.site_id.in_({comment.site_id for comment in comments}),
            Comment.text_digest.in_({comment.text_digest for comment in comments}),
            Comment.received_at >= min(comment.received_at for comment in comments) - WINDOW,
            Comment.erased_at.is_(None),
        )
        .order_by(Comment.received_at, Comment.id)
        .limit(2_000)
    )
    grouped: dict[tuple[str, str], list[Earlier]] = {}
    for row in rows:
        grouped.setdefault((row.site_id, row.text_digest), []).append(cast(Earlier, row))  # with one column more
    return grouped


def _latest(session: Session, comment: Comment, kind: str, value: str, size: int) -> list[Earlier]:
    circle: ColumnElement[bool] = (
        Comment.author_external_id == value if kind == "author" else Comment.article_id == value
    )
    return list(
        session.execute(
            select(*_COLUMNS)
            .where(
                Comment.site_id == comment.site_id,
                circle,
                Comment.received_at >= comment.received_at - WINDOW,
                Comment.erased_at.is_(None),
            )
            .order_by(Comment.received_at.desc())
            .limit(size)
        )
    )


def _exact(comment: Comment, equal: dict[tuple[str, str], list[Earlier]]) -> str | None:
    for row in equal.get((comment.site_id, comment.text_digest), ()):
        related = (comment.author_external_id is not None and row.author_external_id == comment.author_external_id) or (
            comment.article_id is not None and row.article_id == comment.article_id
        )
        if related and _is_earlier(row, comment):
            return str(row.external_id)
    return None


def _near(session: Session, comment: Comment, rows: list[Earlier]) -> str | None:
    words = words_of(comment.text)
    if len(words) < NEAR_WORDS:
        return None
    candidates = sorted(
        (distance(comment.simhash, row.simhash), row.received_at, row.id) for row in rows if _is_earlier(row, comment)
    )
    nearest = [row_id for bits, _, row_id in candidates[:CONFIRMED] if bits <= NEAR_BITS]
    if not nearest:
        return None
    texts = session.execute(select(Comment.external_id, Comment.text).where(Comment.id.in_(nearest)))
    for external_id, text in texts:
        if fuzz.ratio(words, words_of(text)) >= NEAR_RATIO:
            return str(external_id)
    return None


def _recent(session: Session, comment: Comment, near: dict[tuple[str, str], list[Earlier]]) -> int:
    if comment.author_external_id is None:
        return 1
    since = comment.received_at - timedelta(hours=1)
    rows = near["author", comment.author_external_id]
    if len(rows) < BY_AUTHOR:
        return sum(since < row.received_at <= comment.received_at for row in rows)
    return (
        session.scalar(
            select(func.count()).where(
                Comment.site_id == comment.site_id,
                Comment.author_external_id == comment.author_external_id,
                Comment.received_at > since,
                Comment.received_at <= comment.received_at,
            )
        )
        or 1
    )


def _is_earlier(row: Earlier, comment: Comment) -> bool:
    return (row.received_at, row.id) < (comment.received_at, comment.id)
