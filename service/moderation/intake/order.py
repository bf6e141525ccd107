"""Which of two states of a comment is the later one, by the times or versions that its CMS reports.

Events of a comment arrive late and out of order. Each has a moment: when the CMS changed the comment, or else when the
event came. The comment keeps the latest moment that it has seen, and an event before it changes nothing.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from service.models import Comment

FUTURE = timedelta(minutes=10)
TIMES_BEGIN = datetime(2001, 9, 9, tzinfo=UTC)  # a billion seconds: what is read as earlier is a version's number


def moment_of(changed_at: datetime | None, received_at: datetime, /) -> datetime:
    """Return the moment of an event."""
    moment = changed_at or received_at
    # A clock that is ahead would keep later events out.
    return received_at if moment > received_at + FUTURE else moment


def is_older(moment: datetime, comment: Comment, /) -> bool:
    """Whether the comment has seen a later state than that of `moment`."""
    known = comment.source_state_at
    if known is None or _is_version(known) is not _is_version(moment):
        return False  # one event came without the version that the other has: the order of arrival counts
    return moment < known


def note_seen(session: Session, comment: Comment, moment: datetime, /) -> None:
    """Keep the moment of an event, unless a later one is kept."""
    known = comment.source_state_at
    # A version is kept beside events without one: it orders the events that have one.
    if known is None or (known < moment if _is_version(known) is _is_version(moment) else _is_version(moment)):
        comment.source_state_at = moment
        session.flush()


def _is_version(moment: datetime) -> bool:
    return moment < TIMES_BEGIN
