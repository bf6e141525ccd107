"""Which moderator holds a comment while deciding on it: a compare-and-set for a few minutes, by the database's clock.

Two moderators never hold the same comment. A hold is politeness with a limit: it keeps others from deciding meanwhile,
and it ends by itself when a moderator closes the laptop.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.db import database_now
from service.errors import Conflict
from service.models import Moderator, Reservation
from service.moderation.actors import Actor
from service.sentences import worded

HOLD_SECONDS = 4 * 60


@dataclass(frozen=True)
class Hold:
    """Who holds a comment, and until when."""

    moderator_id: str
    name: str
    until: datetime


def take(session: Session, comment_id: str, moderator_id: str, /, *, seconds: float = HOLD_SECONDS) -> bool:
    """Reserve the comment or extend the reservation; False where another moderator has it."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"moderator_id": moderator_id, "taken_at": database_now(), "until": database_now(seconds)}
    taken = session.scalars(
        insert(Reservation)
        .values(comment_id=comment_id, **values)
        .on_conflict_do_update(
            index_elements=[Reservation.comment_id],
            set_=values,
            where=or_(Reservation.moderator_id == moderator_id, Reservation.until <= database_now()),
        )
        .returning(Reservation.comment_id)
    ).all()
    return bool(taken)


def release(session: Session, comment_id: str, moderator_id: str, /) -> None:
    """Release the moderator's reservation of the comment; another moderator's stays."""
    session.execute(
        delete(Reservation).where(Reservation.comment_id == comment_id, Reservation.moderator_id == moderator_id)
    )


def holder(session: Session, comment_id: str, /) -> Hold | None:
    """Return who holds the comment now."""
    row = session.execute(
        select(Reservation.moderator_id, Moderator.name, Reservation.until)
        .join(Moderator, Moderator.id == Reservation.moderator_id)
        .where(Reservation.comment_id == comment_id, Reservation.until > database_now())
    ).one_or_none()
    return Hold(*row) if row else None


def require_free(session: Session, comment_id: str, by: Actor, /) -> None:
    """Raise Conflict that names who else has reserved the comment, and until when.

    A moderator takes the reservation. A key takes none, and respects every moderator's: what decides by API is a
    program, and a person who has the comment open goes first.
    """
    if by.moderator_id is not None and take(session, comment_id, by.moderator_id):
        return
    hold = holder(session, comment_id)
    if hold is None and by.moderator_id is None:
        return
    if hold is None:
        raise Conflict("Another moderator is deciding on this comment.", holder="Another moderator", until=None)
    time = f"{hold.until:%H:%M:%S}"
    raise Conflict(
        worded(
            "%(name)s is deciding on this comment. The reservation ends at %(time)s UTC.",
            name=hold.name,
            time=time,
        ),
        holder=hold.name,
        until=rfc3339(hold.until),
    )
