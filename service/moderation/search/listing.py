"""A site's comments, held and decided alike: filtered, newest first, paged by keyset. Reads only.

A page first reads the next `WINDOW` comments in their order: frequent words and wide filters are found there. What is
rare the index finds, or the decisions of a moderator. Where neither helps, a page reads `FURTHER` windows at most and
says how far back it came: no page reads all that is stored (measured by tests/bench/finding.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import Session

from service.models import Article, Comment, Decision, HeldReason, Report, ReportOutcome, ReviewActionComment
from service.models.stored_ids import API, SEPARATOR
from service.moderation.decisions import record
from service.moderation.intake.id_spaces import BY_API
from service.moderation.search import index
from service.moderation.search.comment_filter import CommentFilter
from service.moderation.search.rows import Row, of_ids
from service.moderation.search.tables import WORDS
from service.moderation.search.terms import of_reason, of_source
from service.moderation.search.word_conditions import has_all, is_among
from service.vocabulary import Reason, Source

PAGE = 25
WINDOW = 2_000
FURTHER = 4
RARE = 2_000  # comments that are looked up and sorted rather than met on the way
CHUNK = 500  # comments of an export that are read at once

# Written into the statement, so that a partial index serves it.
_IS_OPEN = Report.outcome == literal(ReportOutcome.OPEN, Report.outcome.type, literal_execute=True)
NEWEST_FIRST = (Comment.received_at.desc(), Comment.id.desc())

Place = tuple[datetime, str]  # received, id


@dataclass(frozen=True)
class Page:
    """Rows, newest first; `after` is where the next page begins, None at the end.

    A page that is not full although more may match is not `whole`: it read back to `after` and stopped there.
    """

    rows: Sequence[Row]
    after: Place | None
    whole: bool = True


def page(
    session: Session,
    site_id: str,
    chosen: CommentFilter,
    /,
    *,
    after: Place | None = None,
    limit: int = PAGE,
    whole_texts: bool = False,
) -> Page:
    """Return up to `limit` comments that match and come after the place `after`; none for what is `unsearchable`."""
    if chosen.unsearchable:
        return Page((), None)
    found, place = _found(session, site_id, chosen, after, limit + 1)
    rows = of_ids(session, [comment_id for _, comment_id in found[:limit]], whole_texts=whole_texts)
    return Page(rows, found[limit - 1]) if len(found) > limit else Page(rows, place, whole=place is None)


def is_of_index(chosen: CommentFilter, /) -> bool:
    """Whether the index of words helps to find this: what it has not read yet may be missing."""
    return bool(_terms(chosen))


def each(session_of: Any, site_id: str, chosen: CommentFilter, /, *, limit: int, reads: int) -> Iterator[Row]:
    """Yield up to `limit` comments, with their whole texts, from at most `reads` pages, each with a session of its
    own from `session_of`.
    """
    after, given = None, 0
    for _ in range(reads):
        with session_of() as session:
            most = min(CHUNK, limit - given)
            found = page(session, site_id, chosen, after=after, limit=most, whole_texts=True)
        yield from found.rows
        given += len(found.rows)
        after = found.after
        if after is None or given >= limit:
            return


def _found(
    session: Session, site_id: str, chosen: CommentFilter, after: Place | None, wanted: int
) -> tuple[list[Place], Place | None]:
    """Return up to `wanted` places that match, and where a search that ended early stopped."""
    narrow = _narrow(session, site_id, chosen)
    if narrow is not None:
        return _of_these(session, site_id, chosen, narrow, after, wanted), None
    found: list[Place] = []
    for turn in range(1 + FURTHER):
        here, after = _in_window(session, site_id, chosen, after, wanted - len(found))
        found += here
        if after is None or len(found) >= wanted:
            return found, None
        if turn == 0 and (terms := _terms(chosen)):
            ids = _looked_up(session, site_id, chosen, terms)
            if ids is not None:
                return found + _of_these(session, site_id, chosen, ids, after, wanted - len(found)), None
    return found, after


def _looked_up(session: Session, site_id: str, chosen: CommentFilter, terms: list[str]) -> list[str] | None:
    """Return the ids of all comments that may match, None for too many; the index has only the worst reasons."""
    if chosen.reason not in list(Reason):
        return index.find(session, site_id, terms, at_most=RARE)
    named = HeldReason.site_id == site_id, HeldReason.escalated.in_((0, 1)), HeldReason.name == chosen.reason
    held = session.scalars(select(HeldReason.comment_id).where(*named).limit(RARE + 1)).all()
    if len(held) > RARE:
        others = [term for term in terms if term != of_reason(chosen.reason)]
        return index.find(session, site_id, others, at_most=RARE) if others else None
    found = index.find(session, site_id, terms, at_most=RARE)
    return None if found is None else list({*found, *held})


def _narrow(session: Session, site_id: str, chosen: CommentFilter) -> list[str] | None:
    """Return the few comments that a filter by reports, moderator or act leaves, None where it leaves many."""
    if chosen.reported:
        named = select(Report.comment_id).where(Report.site_id == site_id, _IS_OPEN).distinct()
    elif chosen.action:
        named = select(ReviewActionComment.comment_id).where(ReviewActionComment.action_id == chosen.action)
    elif chosen.moderator:
        theirs = Decision.moderator_id == chosen.moderator, Decision.site_id == site_id
        named = select(Decision.comment_id).where(*theirs).distinct()
    else:
        return None
    ids = session.scalars(named.limit(RARE + 1)).all()
    return list(ids) if len(ids) <= RARE else None


def _of_these(
    session: Session, site_id: str, chosen: CommentFilter, ids: Sequence[str], after: Place | None, wanted: int
) -> list[Place]:
    statement = select(Comment.received_at, Comment.id).where(is_among(ids))
    statement = statement.with_hint(Comment, "INDEXED BY sqlite_autoindex_comment_1", "sqlite")
    where = [*_leading(session, site_id, chosen), *_others(session, site_id, chosen), _before(after)]
    return _places(session, _with_words(statement, chosen).where(*where), wanted)


def _in_window(
    session: Session, site_id: str, chosen: CommentFilter, after: Place | None, wanted: int
) -> tuple[list[Place], Place | None]:
    """Return what matches among the next comments, and the last of them; None where there are no more."""
    leading = select(Comment.received_at, Comment.id).where(*_leading(session, site_id, chosen), _before(after))
    leading = leading.with_hint(Comment, f"INDEXED BY {_leading_index(chosen)}", "sqlite")
    others = _others(session, site_id, chosen)
    if not others and not chosen.words:
        found = _places(session, leading, wanted)
        return found, None if len(found) < wanted else found[-1]
    window = leading.order_by(*NEWEST_FIRST).limit(WINDOW).subquery()
    statement = select(Comment.received_at, Comment.id).join(window, window.c.id == Comment.id).where(*others)
    found = _places(session, _with_words(statement, chosen), wanted)
    if len(found) >= wanted:
        return found, found[-1]
    end = select(func.count(), func.min(window.c.received_at)).select_from(window)
    amount, oldest = session.execute(end).one()
    if amount < WINDOW:
        return found, None
    last = select(func.min(window.c.id)).where(window.c.received_at == oldest)
    return found, (oldest, session.execute(last).scalar_one())


def _places(session: Session, statement: Select[datetime, str], wanted: int) -> list[Place]:
    ordered = statement.order_by(*NEWEST_FIRST).limit(wanted)
    return [(received_at, comment_id) for received_at, comment_id in session.execute(ordered)]


def _leading(session: Session, site_id: str, chosen: CommentFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that one index in the order of the list has, see `_leading_index`."""
    where: list[ColumnElement[bool]] = [Comment.site_id == site_id]
    if chosen.author:
        where.append(Comment.author_external_id == chosen.author)
    elif chosen.article:
        where.append(_under(session, site_id, chosen.article))
    elif chosen.status is not None:
        where.append(Comment.status == chosen.status)
    if chosen.since is not None:
        where.append(Comment.received_at >= chosen.since)
    if chosen.until is not None:
        where.append(Comment.received_at < chosen.until)
    return where


def _leading_index(chosen: CommentFilter) -> str:
    # Without statistics SQLite takes one in another order, and sorts all that the site holds.
    if chosen.author:
        return "ix_comment_site_author"
    if chosen.article:
        return "ix_comment_article_received"
    return "ix_comment_site_status" if chosen.status is not None else "ix_comment_site_received"


def _others(session: Session, site_id: str, chosen: CommentFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that each comment is asked for."""
    where: list[ColumnElement[bool]] = []
    decided = select(Decision.id).where(
        Decision.comment_id == Comment.id, Decision.source == Source.MODERATOR, *record.not_undone()
    )
    if chosen.article and chosen.author:
        where.append(_under(session, site_id, chosen.article))
    if chosen.status is not None and (chosen.author or chosen.article):
        where.append(Comment.status == chosen.status)
    if chosen.reason in list(Reason):
        # A held comment is found by each of its reasons, as in the review queue.
        held_for = select(HeldReason.name).where(HeldReason.comment_id == Comment.id, HeldReason.name == chosen.reason)
        where.append(or_(Comment.reason == chosen.reason, held_for.exists()))
    elif chosen.reason:
        where.append(decided.where(Decision.reasons[0]["code"].as_string() == chosen.reason).exists())
    if chosen.reported:
        of_comment = Report.site_id == site_id, Report.comment_id == Comment.id
        where.append(select(Report.id).where(*of_comment, _IS_OPEN).exists())
    if chosen.moderator:
        where.append(decided.where(Decision.moderator_id == chosen.moderator).exists())
    if chosen.action:
        of_act = select(ReviewActionComment.comment_id).where(ReviewActionComment.action_id == chosen.action)
        where.append(of_act.where(ReviewActionComment.comment_id == Comment.id).exists())
    if chosen.source == BY_API:
        where.append(~Comment.external_id.contains(SEPARATOR))
    elif chosen.source:
        where.append(Comment.external_id.startswith(f"{chosen.source}{SEPARATOR}", autoescape=True))
    return where


def _under(session: Session, site_id: str, article: str) -> ColumnElement[bool]:
    known = select(Article.id).where(Article.site_id == site_id, Article.external_id == article)
    return Comment.article_id == (session.scalar(known) or "")


def _terms(chosen: CommentFilter) -> list[str]:
    terms = chosen.words
    if chosen.reason in list(Reason):
        terms.append(of_reason(chosen.reason))
    if chosen.source:
        terms.append(of_source(API if chosen.source == BY_API else chosen.source))
    return terms


def _with_words(statement: Select[datetime, str], chosen: CommentFilter) -> Select[datetime, str]:
    if not (words := chosen.words):
        return statement
    return statement.join(WORDS, WORDS.c.comment_id == Comment.id).where(*has_all(words))


def _before(after: Place | None) -> ColumnElement[bool]:
    return tuple_(Comment.received_at, Comment.id) < tuple_(*after) if after else true()
