"""The review queue as queries: filtered, ordered, paged by keyset, counted. Reads only.

Every statement here carries the site and the lane as the partial indexes of `comment` spell it (`HELD`), so that no
page reads the whole table (tests/service/console/review/test_queue_speed.py looks at the plans).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select, text, tuple_
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Article, Comment, Decision, Moderator, Reservation
from service.models.comment import ESCALATED, HELD
from service.models.stored_ids import bare
from service.moderation.policy.ranking import SEVERE_FROM
from service.moderation.review import held_tally, held_text, index_hints, queue_cursor
from service.moderation.review.queue_filter import Order, QueueFilter
from service.vocabulary import BY_THE_SERVICE, CommentStatus

PAGE = 25
WINDOW = 2_000  # texts of a page's place in the queue that a search reads before it asks the index of texts
EXCERPT = 400
REASONS = (
    select(func.json_array_length(Decision.reasons))
    .where(
        Decision.comment_id == Comment.id,
        Decision.revision == Comment.revision,
        Decision.source.in_(BY_THE_SERVICE),
    )
    .correlate(Comment)
)


@dataclass(frozen=True)
class Said:
    """What a search for words came to: the condition of the comments that have them.

    `counted` is how many have them for certain, `is_all` whether no others do; both say nothing about what comes
    before the place where the search began.
    """

    condition: ColumnElement[bool] | None
    counted: int = 0
    is_all: bool = False
    is_named: bool = False  # the condition is a list of ids


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
    reasons: int = 1  # how many the service had, the worst one included
    holder_id: str | None = None
    holder: str | None = None
    mixed_in: bool = False  # shown before its turn, see service/moderation/review/relief.py

    @property
    def is_severe(self) -> bool:
        """Whether its text is covered for those who want that."""
        return self.severity >= SEVERE_FROM


def page(
    session: Session,
    site_id: str,
    chosen: QueueFilter,
    /,
    *,
    after: str = "",
    limit: int = PAGE,
    said: Said | None = None,
) -> list[Row]:
    """Return up to `limit` rows that come after the position `after` ("" for the first page).

    `said` is what `search` found, for callers that ask for a page and a count.
    """
    said = said or search(session, site_id, chosen, after=after, limit=limit)
    column, _ = order_of(chosen.order)
    statement = (
        _matching(
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
                func.coalesce(REASONS.scalar_subquery(), 1).label("reasons"),
                func.coalesce(Comment.language_read, Comment.language).label("language"),
                Comment.received_at,
                column.label("key"),
                Reservation.moderator_id.label("holder_id"),
                Moderator.name.label("holder"),
            ),
            site_id,
            chosen,
            said,
        )
        .outerjoin(Article, Article.id == Comment.article_id)
        .outerjoin(Reservation, (Reservation.comment_id == Comment.id) & (Reservation.until > database_now()))
        .outerjoin(Moderator, Moderator.id == Reservation.moderator_id)
    )
    statement = _from_on(_led(session, statement, site_id, chosen, said), chosen, after)
    found = session.execute(statement.limit(limit)).mappings()
    return [
        Row(
            position=queue_cursor.encoded(row["key"], row["id"]),
            author=bare(row["author"]),
            article=bare(row["article"]),
            **{k: v for k, v in row.items() if k not in ("key", "author", "article")},
        )
        for row in found
    ]


def count(
    session: Session,
    site_id: str,
    chosen: QueueFilter,
    /,
    *,
    at_most: int | None = None,
) -> int:
    """Return how many comments the filter matches, exactly; with `at_most`, that number where there are more."""
    if chosen.is_tallied:
        return held_tally.of_site(session, site_id).count(escalated=chosen.escalated, reason=chosen.reason)
    with_words = _with_words(session, site_id, chosen) if chosen.text else None
    if with_words is not None:
        return len(with_words)
    counted = index_hints.for_count(_matching(select(Comment.id), site_id, chosen), chosen).limit(at_most).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def search(session: Session, site_id: str, chosen: QueueFilter, /, *, after: str = "", limit: int = PAGE) -> Said:
    """Look for the filter's words from the position `after` on, until they are found in `limit` comments at least.

    Words in many comments are soon found by reading on in queue order, rare words by the index of texts; which of
    the two they are is not known before. Words in many comments, none of them near `after`, take a full read.
    """
    if not chosen.text:
        return Said(None)
    texts = _matching(select(Comment.id, Comment.text), site_id, chosen, Said(None))
    texts = _from_on(_led(session, texts, site_id, chosen, Said(None)), chosen, after)
    window = texts.limit(WINDOW).subquery()
    read = session.execute(select(window.c.id, held_text.contains(window.c.text, chosen.text))).all()
    here = [comment_id for comment_id, has_words in read if has_words]
    is_all = len(read) < WINDOW
    if is_all or len(here) >= limit:
        return Said(Comment.id.in_(here or [""]), len(here), is_all, is_named=True)
    with_words = _with_words(session, site_id, chosen)
    if with_words is None:
        return Said(held_text.contains(Comment.text, chosen.text), len(here))
    named = with_words or [""]  # "" is no comment's id
    return Said(Comment.id.in_(named), len(with_words), is_all=True, is_named=True)


def ids(session: Session, site_id: str, chosen: QueueFilter, /, *, limit: int) -> list[tuple[str, int]]:
    """Return ids and versions of the first comments that match, in the filter's order."""
    said = search(session, site_id, chosen, limit=limit)
    statement = _matching(select(Comment.id, Comment.version), site_id, chosen, said)
    statement = _from_on(_led(session, statement, site_id, chosen, said), chosen, "")
    return [(row.id, row.version) for row in session.execute(statement.limit(limit))]


def histogram(session: Session, site_id: str, chosen: QueueFilter, /, *, buckets: int = 20) -> list[int]:
    """Return how the strongest scores of what the filter matches are spread over equal parts of 0..1."""
    scored = replace(chosen, score_from=None, score_to=None)
    bucket: Any = func.floor(Comment.score * buckets)
    if _is_sqlite(session):  # which has floor() only where it was compiled with the mathematical functions
        bucket = cast(Comment.score * buckets, Integer)
    with_words = _with_words(session, site_id, scored) if scored.text else None
    said = Said(Comment.id.in_(with_words or [""])) if with_words is not None else None
    statement = _matching(select(bucket, func.count()), site_id, scored, said)
    statement = statement.where(Comment.score.is_not(None))
    if with_words is None:
        statement = index_hints.for_count(statement, scored, scores=True)
    counts = [0] * buckets
    for which, amount in session.execute(statement.group_by(bucket)):
        counts[min(buckets - 1, int(which))] += amount
    return counts


def reserved_by(session: Session, site_id: str, comment_ids: Sequence[str], /) -> dict[str, str | None]:
    """Return who looks at each of the comments that still wait (a name or None); the others are gone."""
    # Site and status are looked at here: SQLite would rather read all that the site holds than look up these few.
    rows = session.execute(
        select(Comment.id, Comment.site_id, Comment.status, Moderator.name)
        .outerjoin(Reservation, (Reservation.comment_id == Comment.id) & (Reservation.until > database_now()))
        .outerjoin(Moderator, Moderator.id == Reservation.moderator_id)
        .where(Comment.id.in_(comment_ids))
    )
    held = CommentStatus.HELD
    return {row.id: row.name for row in rows if row.site_id == site_id and row.status is held}


def _matching(statement: Any, site_id: str, chosen: QueueFilter, said: Said | None = None) -> Any:
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
    if said is not None and said.condition is not None:
        where.append(said.condition)
    elif chosen.text and said is None:
        where.append(held_text.contains(Comment.text, chosen.text))
    if chosen.article:
        known = select(Article.id).where(Article.site_id == site_id, Article.external_id == chosen.article)
        where.append(Comment.article_id == known.scalar_subquery())
    return statement.select_from(Comment).where(text(_qualified(lane)), *where)


def _with_words(session: Session, site_id: str, chosen: QueueFilter) -> list[str] | None:
    """Return the ids of all that the filter matches, its words included; None where too many held texts have those."""
    found = held_text.find(session, chosen.text)
    if found is None:
        return None
    named = Comment.id.in_(found or [""])
    # PostgreSQL's index has looked at the texts already, and would be asked again.
    with_words = Said(and_(named, held_text.contains(Comment.text, chosen.text)) if _is_sqlite(session) else named)
    by_id = select(Comment.id).with_hint(Comment, index_hints.BY_ID, "sqlite")
    return list(session.scalars(_matching(by_id, site_id, chosen, with_words)))


def _from_on(statement: Any, chosen: QueueFilter, after: str) -> Any:
    column, backwards = order_of(chosen.order)
    if after:
        position = tuple_(*queue_cursor.decoded(after, is_time=column is Comment.received_at))
        here = tuple_(column, Comment.id)
        statement = statement.where(here < position if backwards else here > position)
    return statement.order_by(*((column.desc(), Comment.id.desc()) if backwards else (column, Comment.id)))


def _led(session: Session, statement: Any, site_id: str, chosen: QueueFilter, said: Said) -> Any:
    if not _is_sqlite(session):
        return statement

    def count_of(alone: QueueFilter, at_most: int) -> int:
        return count(session, site_id, alone, at_most=at_most)

    is_by_id = said.condition is not None and said.is_named
    return index_hints.for_page(statement, chosen, is_by_id=is_by_id, count_of=count_of)


def _qualified(lane: str) -> str:
    # SQLite and PostgreSQL match a partial index also when the condition names the table.
    return lane.replace("status", "comment.status").replace("escalated_at", "comment.escalated_at")


def order_of(order: Order, /) -> tuple[Any, bool]:
    """Return the column that orders the queue, and whether its highest value comes first."""
    return {
        Order.OLDEST: (Comment.received_at, False),
        Order.NEWEST: (Comment.received_at, True),
        Order.SEVERE: (Comment.severity, True),
        Order.UNCERTAIN: (Comment.uncertainty, True),
        Order.MILD: (Comment.severity, False),
    }[order]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
