"""What the rules know of an author when they judge a comment: standing, approvals, strikes. Nothing here commits.

Approvals are counted from the comments and strikes from `Strike`, never stored as numbers:
two workers on one author cannot count wrongly. Only what retention forgot is a number, see `remember`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.db import database_now
from service.models import Author, Comment, Strike
from service.moderation.authors import standing as standings
from service.moderation.judgement.author_treatment import AuthorFacts
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Standing

DAY = 86_400
RECENT = 500  # an author's latest comments, and strikes, that are counted: more than any policy asks for


def facts_of(
    session: Session, comments: Iterable[tuple[Comment, Standing | None]], rules: Mapping[str, Rules], /
) -> dict[str, AuthorFacts]:
    """Return what is known of the author of each comment that has one, by the comment's id; so are the `rules`.

    The standing comes with the comment (`standing.of_comment_author`). One statement for each site and number of strike
    days where rules count on authors, and none for the others. An author whom nobody vouches for gets no advantage from
    the name: neither a standing other than blocked, nor what its owner earned.
    """
    known, asked = {}, dict[tuple[str, int], list[Comment]]()
    for comment, standing in comments:
        if comment.author_external_id is None:
            continue
        if comment.author_is_claimed and standing is not Standing.BLOCKED:
            known[comment.id] = AuthorFacts()
            continue
        known[comment.id] = AuthorFacts(standing=standing)
        # What the count says is of no account for these two.
        its = rules[comment.id]
        if its.count_on_authors and standing not in (Standing.BLOCKED, Standing.STAFF):
            asked.setdefault((comment.site_id, its.strike_days), []).append(comment)
    for (_, strike_days), theirs in asked.items():
        counted = _counted(session, theirs, strike_days)
        for comment in theirs:
            approved, strikes = counted[comment.author_external_id]
            known[comment.id] = AuthorFacts(standing=known[comment.id].standing, approved=approved, strikes=strikes)
    return known


def facts_for(session: Session, comment: Comment, rules: Rules, /) -> AuthorFacts | None:
    """Return what is known of one comment's author under other rules than those it is judged by, or None."""
    standing = session.scalar(
        select(Author.standing).join(Comment, standings.of_comment_author()).where(Comment.id == comment.id)
    )
    return facts_of(session, [(comment, standing)], {comment.id: rules}).get(comment.id)


def remember(session: Session, site_id: str, comment_ids: Sequence[str], /) -> None:
    """Add comments that are about to lose their author by age to the author's numbers: how many were approved and
    rejected."""
    rows = session.execute(
        select(Comment.author_external_id, Comment.status, func.count())
        .where(Comment.id.in_(comment_ids), Comment.author_external_id.is_not(None))
        .group_by(Comment.author_external_id, Comment.status)
        .order_by(Comment.author_external_id)  # one order for all who lock several
    ).all()
    for author_id, status, count in rows:
        if author_id is None or status not in (CommentStatus.APPROVED, CommentStatus.REJECTED):
            continue
        row = standings.find_or_add(session, site_id, author_id)
        if status is CommentStatus.APPROVED:
            row.approved_before += count
        else:
            row.rejected_before += count
        row.forgotten_at = database_now()
        session.flush()


def is_young(strike_days: int, /) -> ColumnElement[bool]:
    """Return the condition that a strike is in force under rules with these days."""
    return Strike.created_at > database_now(-strike_days * DAY)


def _counted(session: Session, theirs: Sequence[Comment], strike_days: int) -> dict[str | None, tuple[int, int]]:
    # One comment for each author is enough: the counts are the author's.
    asked = {comment.author_external_id: comment.id for comment in theirs}
    rows = session.execute(_counting(strike_days), {"ids": list(asked.values())})
    return {author_id: (approvals, strikes) for author_id, approvals, strikes in rows}


@lru_cache(maxsize=366)  # building it costs more than running it
def _counting(strike_days: int) -> Select[str | None, int, int]:
    other = aliased(Comment)
    # Without the comment's own text: a shadow asks when the verdict on it is written already.
    latest = (
        select(other.status)
        .where(other.id != Comment.id)
        .where(other.site_id == Comment.site_id, other.author_external_id == Comment.author_external_id)
        .order_by(other.received_at.desc())
        .limit(RECENT)
        .correlate(Comment)
        .subquery()
    )
    approved = select(func.count()).select_from(latest).where(latest.c.status == CommentStatus.APPROVED)
    in_force = (
        select(Strike.comment_id)
        .where(
            Strike.site_id == Comment.site_id,
            Strike.author_external_id == Comment.author_external_id,
            or_(Strike.comment_id != Comment.id, Strike.revision != Comment.revision),
            is_young(strike_days),
        )
        .limit(RECENT)
        .correlate(Comment)
        .subquery()
    )
    strikes = select(func.count()).select_from(in_force)
    return (
        select(
            Comment.author_external_id,
            approved.scalar_subquery() + func.coalesce(Author.approved_before, 0),
            strikes.scalar_subquery(),
        )
        .outerjoin(Author, and_(Author.site_id == Comment.site_id, Author.external_id == Comment.author_external_id))
        # By id alone: with the site beside it, SQLite would rather read the whole site.
        .where(Comment.id.in_(bindparam("ids", expanding=True)))
    )
