"""What people at a site have said of an author: trusted, staff, blocked, with a reason and an end. Nothing commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import FieldError, Invalid
from service.models import Author, Comment
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.sentences import N_, worded
from service.vocabulary import Standing

LONGEST_REASON = 500


def in_force() -> ColumnElement[bool]:
    """Return the condition that a standing has not run out."""
    return and_(Author.standing.is_not(None), or_(Author.until.is_(None), Author.until > database_now()))


def of_comment_author() -> ColumnElement[bool]:
    """Return the condition that joins `Comment` to the row of its author, while a standing is in force."""
    return and_(Author.site_id == Comment.site_id, Author.external_id == Comment.author_external_id, in_force())


def set_to(
    session: Session,
    site_id: str,
    author_id: str,
    standing: Standing | None,
    /,
    *,
    reason: str = "",
    until: datetime | None = None,
    by: Actor,
) -> Author:
    """Give an author a standing, or remove it with None; the same again changes nothing.

    Raise Invalid for a block without a reason, and for a time that is over.
    """
    reason = reason.strip()
    _check(session, standing, reason, until)
    row = find_or_add(session, site_id, author_id)
    if (row.standing, row.reason, row.until) == (standing, reason, until):
        return row
    before = row.standing
    row.standing, row.reason, row.until = standing, reason, until
    row.set_by, row.set_at = by.name[:200], database_now()
    session.flush()
    session.refresh(row)
    # Neither the author's id nor the reason: the log cannot forget them, and the author may ask to be forgotten.
    detail = {
        "from": before.value if before else None,
        "to": standing.value if standing else None,
        "until": until.isoformat() if until else None,
    }
    audit_log.record(
        session, "author.standing", by, site_id=site_id, subject_kind="author", subject_id=row.id, detail=detail
    )
    return row


def now(session: Session, site_id: str, author_id: str, /) -> Standing | None:
    """Return the author's standing that is in force, or None."""
    theirs = select(Author.standing).where(Author.site_id == site_id, Author.external_id == author_id, in_force())
    return session.scalar(theirs)


def find(session: Session, site_id: str, author_id: str, /, *, lock: bool = False) -> Author | None:
    """Return the author's row, or None."""
    statement = select(Author).where(Author.site_id == site_id, Author.external_id == author_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def find_or_add(session: Session, site_id: str, author_id: str) -> Author:
    """Return the author's row, locked; add one where there is none, also when another transaction is adding it."""
    row = find(session, site_id, author_id, lock=True)
    if row is not None:
        return row
    row = Author(site_id=site_id, external_id=author_id)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        found = find(session, site_id, author_id, lock=True)
        assert found is not None
        return found
    return row


def listed(
    session: Session, site_id: str, standing: Standing | None = None, /, *, after: str = "", limit: int
) -> Sequence[tuple[Author, str | None]]:
    """Return the authors with a standing in force, each with the name on their latest comment, ordered by id.

    `standing` keeps one kind; `after` is the last id of the page before.
    """
    theirs = Comment.site_id == Author.site_id, Comment.author_external_id == Author.external_id
    name = (
        select(Comment.author_name)
        .where(*theirs, Comment.author_name.is_not(None))
        .order_by(Comment.received_at.desc())
        .limit(1)
        .correlate(Author)
        .scalar_subquery()
    )
    statement = select(Author, name).where(Author.site_id == site_id, in_force(), Author.external_id > after)
    if standing is not None:
        statement = statement.where(Author.standing == standing)
    rows = session.execute(statement.order_by(Author.external_id).limit(limit))
    return [(author, found) for author, found in rows]


def count(session: Session, site_id: str, /) -> dict[Standing, int]:
    """Return how many authors have each standing now."""
    rows = session.execute(
        select(Author.standing, func.count()).where(Author.site_id == site_id, in_force()).group_by(Author.standing)
    )
    return {standing: count for standing, count in rows if standing is not None}


def _check(session: Session, standing: Standing | None, reason: str, until: datetime | None) -> None:
    errors = []
    if standing is Standing.BLOCKED and not reason:
        errors.append(FieldError("#/reason", "missing", N_("a block needs a reason, for the other moderators")))
    if len(reason) > LONGEST_REASON:
        detail = worded(
            "has %(length)s characters; at most %(most)s are taken", length=len(reason), most=LONGEST_REASON
        )
        errors.append(FieldError("#/reason", "too_long", detail))
    if until is not None and standing is None:
        errors.append(FieldError("#/until", "contradiction", N_("only a standing can run out")))
    if until is not None and until <= session.scalars(select(database_now())).one():
        errors.append(FieldError("#/until", "past", N_("must lie in the future")))
    if errors:
        raise Invalid("The standing breaks a rule; see errors.", errors=errors)
