"""The review queue as queries: filtered, ordered, paged by keyset, counted. Reads only.

No page reads the whole table (tests/service/console/review/test_queue_plans.py looks at the plans).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Article, Comment, Decision, Moderator, Reservation
from service.models.stored_ids import bare
from service.moderation.judgement import ranking
from service.moderation.review.queue import held_search, held_tally, index_hints, queue_cursor
from service.moderation.review.queue.queue_filter import QueueFilter
from service.moderation.review.queue.queue_statements import (
    in_order,
    matching,
    matching_names,
    named,
    order_of,
    score_of,
)
from service.moderation.search.rows import open_reports
from service.moderation.search.word_conditions import is_among
from service.vocabulary import HOLDING, CommentStatus

PAGE = 25
WINDOW = 500  # texts of a page's place in the queue that a search reads before it asks the index of texts
EXCERPT = 400
REASONS = (
    select(Decision.reasons)
    .where(
        Decision.comment_id == Comment.id,
        Decision.revision == Comment.revision,
        Decision.source.in_(HOLDING),
    )
    .order_by(Decision.created_at.desc(), Decision.id.desc())  # what a replay decided comes after the first verdict
    .limit(1)
    .correlate(Comment)
)


@dataclass(frozen=True)
class Said:
    """What a search came to: the condition of the comments that it finds.

    `counted` is how many it finds for certain, `is_all` whether no others; both say nothing about what comes
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
    reasons: tuple[str, ...] = ()  # why it is held, by attribute or code, the worst first
    reports: int = 0  # open ones
    holder_id: str | None = None
    holder: str | None = None
    mixed_in: bool = False  # shown before its turn, see service/moderation/review/queue/relief.py

    @property
    def is_severe(self) -> bool:
        """Whether its text is covered for those who want that."""
        return self.severity >= ranking.SEVERE_FROM


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
        matching(
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
                REASONS.scalar_subquery().label("reasons"),
                func.coalesce(Comment.language_read, Comment.language).label("language"),
                Comment.received_at,
                column.label("key"),
                Reservation.moderator_id.label("holder_id"),
                Moderator.name.label("holder"),
            ),
            site_id,
            chosen,
            words=said.condition,
        )
        .outerjoin(Article, Article.id == Comment.article_id)
        .outerjoin(Reservation, (Reservation.comment_id == Comment.id) & (Reservation.until > database_now()))
        .outerjoin(Moderator, Moderator.id == Reservation.moderator_id)
    )
    statement = _in_order(session, statement, site_id, chosen, said, after)
    found = session.execute(statement.limit(limit)).mappings().all()
    reports = open_reports(session, [row["id"] for row in found])
    return [
        Row(
            position=queue_cursor.encoded(row["key"], row["id"]),
            author=bare(row["author"]),
            article=bare(row["article"]),
            reasons=tuple(ranking.names(row["reasons"] or ())),
            reports=reports.get(row["id"], 0),
            **{k: v for k, v in row.items() if k not in ("key", "author", "article", "reasons")},
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
        name = chosen.reason or chosen.attribute
        return held_tally.of_site(session, site_id).count(escalated=chosen.escalated, name=name)
    wanted = held_search.look_up(session, site_id, chosen.text) if chosen.text else None
    found = _all_found(session, chosen, wanted) if wanted else None
    if found is not None:
        return len(found)
    if chosen.is_of_names:
        ((kind, _),) = named(chosen)
        statement = matching_names(select(kind.comment_id), site_id, chosen)
    else:
        words = held_search.condition(wanted, Comment) if wanted else None
        statement = matching(select(Comment.id), site_id, chosen, words=words, whole=True)
        statement = index_hints.for_count(statement, chosen)
    counted = statement.limit(at_most).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def search(session: Session, site_id: str, chosen: QueueFilter, /, *, after: str = "", limit: int = PAGE) -> Said:
    """Search from the position `after` on, until `limit` comments at least are found.

    Words in many comments are soon found by reading on in queue order, rare ones and ids by the indexes; which of
    the two they are is not known before. Words in many comments, none of them near `after`, take a full read.
    """
    if not chosen.text:
        return Said(None)
    wanted = held_search.look_up(session, site_id, chosen.text)
    columns = select(Comment.id, Comment.text, Comment.author_external_id, Comment.article_id)
    window = _in_order(session, matching(columns, site_id, chosen), site_id, chosen, Said(None), after)
    window = window.limit(WINDOW).subquery()
    read = session.execute(select(window.c.id, held_search.condition(wanted, window.c))).all()
    here = [comment_id for comment_id, is_found in read if is_found]  # in the order of the window
    is_all = len(read) < WINDOW
    if is_all or len(here) >= limit:  # a page needs no more; thousands of ids would take longer than finding them
        # Twice as many: what somebody decides before the page is read must not make it look like the last.
        return Said(is_among(here[: 2 * limit]), len(here), is_all, is_named=True)
    found = _all_found(session, chosen, wanted)
    if found is None:
        return Said(held_search.condition(wanted, Comment), len(here))
    return Said(is_among(found), len(found), is_all=True, is_named=True)


def ids(session: Session, site_id: str, chosen: QueueFilter, /, *, limit: int) -> list[tuple[str, int]]:
    """Return ids and versions of the first comments that match, in the filter's order."""
    said = search(session, site_id, chosen, limit=limit)
    statement = matching(select(Comment.id, Comment.version), site_id, chosen, words=said.condition)
    statement = _in_order(session, statement, site_id, chosen, said, "")
    return [(row.id, row.version) for row in session.execute(statement.limit(limit))]


def histogram(session: Session, site_id: str, chosen: QueueFilter, /, *, buckets: int = 20) -> list[int]:
    """Return how the strongest scores of what the filter matches are spread over equal parts of 0..1."""
    scored = replace(chosen, score_from=None, score_to=None)
    score = score_of(scored)
    bucket: Any = func.floor(score * buckets)
    if _is_sqlite(session):  # which has floor() only where it was compiled with the mathematical functions
        bucket = cast(score * buckets, Integer)
    columns = select(bucket, func.count())
    if scored.is_of_names and scored.attribute:
        statement = matching_names(columns, site_id, scored)
    else:
        wanted = held_search.look_up(session, site_id, scored.text) if scored.text else None
        found = _all_found(session, scored, wanted) if wanted else None
        words = held_search.condition(wanted, Comment) if wanted else None
        if found is not None:
            words = is_among(found)
        statement = matching(columns, site_id, scored, words=words, whole=True).where(score.is_not(None))
        if found is None:
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


def _all_found(session: Session, chosen: QueueFilter, wanted: held_search.Wanted) -> list[str] | None:
    """Return the ids of all that the filter with its search matches; None where the indexes find too many."""
    found = held_search.find(session, wanted, escalated=chosen.escalated)
    if found is None:
        return None
    by_id = matching(select(Comment.id), wanted.site_id, chosen, words=found, whole=True)
    return list(session.scalars(index_hints.by_id(by_id, chosen)))


def _in_order(session: Session, statement: Any, site_id: str, chosen: QueueFilter, said: Said, after: str) -> Any:
    def count_of(alone: QueueFilter, at_most: int) -> int:
        return count(session, site_id, alone, at_most=at_most)

    leading = next((kind for kind, _ in named(chosen)), Comment)
    if _is_sqlite(session):
        is_by_id = said.condition is not None and said.is_named
        statement, leading = index_hints.for_page(statement, chosen, is_by_id=is_by_id, count_of=count_of)
    return in_order(statement, chosen, after, leading=leading)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
