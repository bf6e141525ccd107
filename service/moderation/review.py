"""The review queue as queries: filtered, ordered, paged by keyset, counted. Reads only.

Every statement here carries the site and the lane as the partial indexes of `comment` spell it (`HELD`), so that no
page reads the whole table (tests/console/test_queue_speed.py looks at the plans).
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select, text, tuple_
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Malformed
from service.models import Article, Comment, Moderator, ReviewClaim
from service.models.comment import ESCALATED, HELD
from service.moderation import held_tally, held_text
from service.vocabulary import CommentStatus

Conditions = Sequence[ColumnElement[bool]]

PAGE = 25
EXCERPT = 400
SEVERE_ATTRIBUTES = ("severe_toxicity", "threat", "identity_attack", "sexual_explicit")


class Order(StrEnum):
    """What comes first."""

    OLDEST = "oldest"
    NEWEST = "newest"
    SEVERE = "severe"
    UNCERTAIN = "uncertain"
    MILD = "mild"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What to show of a site's queue; None and "" mean whatever. Scores are those of the strongest attribute."""

    reason: str = ""
    attribute: str = ""
    score_from: float | None = None
    score_to: float | None = None
    article: str = ""  # external id
    author: str = ""  # external id
    language: str = ""
    waited_hours: int | None = None  # at least
    text: str = ""
    escalated: bool = False
    order: Order = Order.OLDEST

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the order and the lane is chosen."""
        return replace(self, order=Order.OLDEST, escalated=False) != QueueFilter()

    @property
    def is_tallied(self) -> bool:
        """Whether what it matches is counted already, see `service.moderation.held_tally`."""
        return not replace(self, reason="").is_narrow


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comment as the list shows it; `holder` is who looks at it now, if anybody."""

    id: str
    version: int
    excerpt: str
    length: int
    author: str | None
    article: str | None
    reason: str | None
    attribute: str | None
    score: float | None
    severity: float
    language: str | None
    received_at: datetime
    position: str
    holder_id: str | None = None
    holder: str | None = None
    mixed_in: bool = False  # stands here before its turn, see service/moderation/relief.py

    @property
    def is_severe(self) -> bool:
        """Whether its text is covered for those who want that."""
        return is_severe(self.attribute, self.score)


def is_severe(attribute: str | None, score: float | None, /) -> bool:
    """Whether a strongest score is one that people should not stumble over."""
    if score is None:
        return False
    return score >= 0.8 if attribute in SEVERE_ATTRIBUTES else score >= 0.95 and attribute == "toxicity"


def page(
    session: Session,
    site_id: str,
    chosen: QueueFilter,
    /,
    *,
    after: str = "",
    limit: int = PAGE,
    said: Conditions | None = None,
) -> list[Row]:
    """Return up to `limit` rows that come after the position `after` ("" for the first page).

    `said` is what `search` found, for callers that ask for a page and a count.
    """
    column, backwards = _order(chosen.order)
    statement = (
        _matching(
            session,
            select(
                Comment.id,
                Comment.version,
                func.substr(Comment.text, 1, EXCERPT).label("excerpt"),
                func.length(Comment.text).label("length"),
                func.coalesce(Comment.author_name, Comment.author_external_id).label("author"),
                func.coalesce(func.nullif(Article.title, ""), Article.external_id).label("article"),
                Comment.reason,
                Comment.attribute,
                Comment.score,
                func.coalesce(Comment.severity, 0.0).label("severity"),
                func.coalesce(Comment.language_read, Comment.language).label("language"),
                Comment.received_at,
                column.label("key"),
                ReviewClaim.moderator_id.label("holder_id"),
                Moderator.name.label("holder"),
            ),
            site_id,
            chosen,
            said,
        )
        .outerjoin(Article, Article.id == Comment.article_id)
        .outerjoin(ReviewClaim, (ReviewClaim.comment_id == Comment.id) & (ReviewClaim.until > database_now()))
        .outerjoin(Moderator, Moderator.id == ReviewClaim.moderator_id)
    )
    if after:
        position = tuple_(*_position(after, column))
        here = tuple_(column, Comment.id)
        statement = statement.where(here < position if backwards else here > position)
    ordering = (column.desc(), Comment.id.desc()) if backwards else (column, Comment.id)
    found = session.execute(statement.order_by(*ordering).limit(limit)).mappings()
    return [
        Row(position=_encoded(row["key"], row["id"]), **{k: v for k, v in row.items() if k != "key"}) for row in found
    ]


def count(
    session: Session,
    site_id: str,
    chosen: QueueFilter,
    /,
    *,
    at_most: int | None = None,
    said: Conditions | None = None,
) -> int:
    """Return how many comments the filter matches, exactly; with `at_most`, that number where there are more."""
    if chosen.is_tallied:
        return held_tally.of_site(session, site_id).count(escalated=chosen.escalated, reason=chosen.reason)
    if at_most is None:
        return session.scalar(_matching(session, select(func.count(Comment.id)), site_id, chosen, said)) or 0
    some = _matching(session, select(Comment.id), site_id, chosen, said).limit(at_most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def search(session: Session, chosen: QueueFilter, /) -> Conditions:
    """Return the conditions that the filter's words are in the text, after looking them up in the index of texts."""
    return held_text.contains(session, chosen.text) if chosen.text else ()


def ids(session: Session, site_id: str, chosen: QueueFilter, /, *, limit: int) -> list[tuple[str, int]]:
    """Return ids and versions of the first comments that match, in the filter's order."""
    column, backwards = _order(chosen.order)
    statement = _matching(session, select(Comment.id, Comment.version), site_id, chosen)
    ordering = (column.desc(), Comment.id.desc()) if backwards else (column, Comment.id)
    return [(row.id, row.version) for row in session.execute(statement.order_by(*ordering).limit(limit))]


def histogram(session: Session, site_id: str, chosen: QueueFilter, /, *, buckets: int = 20) -> list[int]:
    """Return how the strongest scores of what the filter matches are spread over equal parts of 0..1."""
    scored = replace(chosen, score_from=None, score_to=None)
    bucket: Any = func.floor(Comment.score * buckets)
    if _is_sqlite(session):  # which has floor() only where it was compiled with the mathematical functions
        bucket = cast(Comment.score * buckets, Integer)
    statement = _matching(session, select(bucket, func.count(Comment.id)), site_id, scored).where(
        Comment.score.is_not(None)
    )
    counts = [0] * buckets
    for which, amount in session.execute(statement.group_by(bucket)):
        counts[min(buckets - 1, int(which))] += amount
    return counts


def standing_of(session: Session, site_id: str, comment_ids: Sequence[str], /) -> dict[str, str | None]:
    """Return who looks at each of the comments that still wait (a name or None); the others are gone."""
    # Site and status are looked at here: SQLite would rather read all that the site holds than look up these few.
    rows = session.execute(
        select(Comment.id, Comment.site_id, Comment.status, Moderator.name)
        .outerjoin(ReviewClaim, (ReviewClaim.comment_id == Comment.id) & (ReviewClaim.until > database_now()))
        .outerjoin(Moderator, Moderator.id == ReviewClaim.moderator_id)
        .where(Comment.id.in_(comment_ids))
    )
    held = CommentStatus.IN_REVIEW
    return {row.id: row.name for row in rows if row.site_id == site_id and row.status is held}


def _matching(
    session: Session, statement: Any, site_id: str, chosen: QueueFilter, said: Conditions | None = None
) -> Any:
    lane = ESCALATED if chosen.escalated else HELD
    where: list[ColumnElement[bool]] = [Comment.site_id == site_id]
    if chosen.reason:
        where.append(Comment.reason == chosen.reason)
    if chosen.attribute:
        where.append(Comment.attribute == chosen.attribute)
    if chosen.score_from is not None:
        where.append(Comment.score >= chosen.score_from)
    if chosen.score_to is not None:
        where.append(Comment.score <= chosen.score_to)
    if chosen.author:
        where.append(Comment.author_external_id == chosen.author)
    if chosen.language:
        where.append(Comment.language_read == chosen.language)
    if chosen.waited_hours is not None:
        where.append(Comment.received_at <= database_now(-3600.0 * chosen.waited_hours))
    where += search(session, chosen) if said is None else said
    if chosen.article:
        known = select(Article.id).where(Article.site_id == site_id, Article.external_id == chosen.article)
        where.append(Comment.article_id == known.scalar_subquery())
    return statement.select_from(Comment).where(text(_qualified(lane)), *where)


def _qualified(lane: str) -> str:
    # SQLite and PostgreSQL match a partial index also when the condition names the table.
    return lane.replace("status", "comment.status").replace("escalated_at", "comment.escalated_at")


def _order(order: Order) -> tuple[Any, bool]:
    return {
        Order.OLDEST: (Comment.received_at, False),
        Order.NEWEST: (Comment.received_at, True),
        Order.SEVERE: (Comment.severity, True),
        Order.UNCERTAIN: (Comment.uncertainty, True),
        Order.MILD: (Comment.severity, False),
    }[order]


def _encoded(key: Any, comment_id: str) -> str:
    value = key.isoformat() if isinstance(key, datetime) else key
    return base64.urlsafe_b64encode(json.dumps([value, comment_id]).encode()).decode().rstrip("=")


def _position(given: str, column: Any) -> tuple[Any, str]:
    try:
        key, comment_id = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
        if column is Comment.received_at:
            key = datetime.fromisoformat(key)
            if key.tzinfo is None or key.utcoffset() != timedelta(0):
                raise ValueError("not a time in UTC")
        elif not isinstance(key, int | float):
            raise ValueError("not a number")
        if not isinstance(comment_id, str):
            raise ValueError("not an id")
    except (ValueError, TypeError, binascii.Error) as error:
        raise Malformed("after: is not a place in the review queue; start again without it.") from error
    return key, comment_id


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
