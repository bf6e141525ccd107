"""Which moderator holds a comment while deciding on it: a compare-and-set for a few minutes, by the database's clock.

Two moderators never hold the same comment. A hold is politeness with a limit: it keeps others from deciding meanwhile,
and it ends by itself when somebody closes the laptop.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict
from service.models import Moderator, Reservation

HOLD_SECONDS = 4 * 60


@dataclass(frozen=True)
class Hold:
    """Who holds a comment, and until when."""

    moderator_id: str
    name: str
    until: datetime


def take(session: Session, comment_id: str, moderator_id: str, /, *, seconds: float = HOLD_SECONDS) -> bool:
    """Hold the comment, or hold it longer; False where somebody else holds it."""
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
    """Let go of the comment; what somebody else holds stays held."""
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


def require_free(session: Session, comment_id: str, moderator_id: str, /) -> None:
    """Take the comment for this moderator; raise Conflict that names who else holds it."""
    if take(session, comment_id, moderator_id):
        return
    hold = holder(session, comment_id)
    name = hold.name if hold else "Somebody else"
    raise Conflict(f"{name} is deciding on this comment right now. Go on with the next one.", holder=name)
