"""The long poll: a request that waits for a verdict by looking at the database, never at RQ's job state.

It holds neither a connection to the database nor, where our own front serves it, a thread: the front runs it again
when the verdict is there (`service.api.parking`). Each site has its share of the polls that may wait; who gets no place
is answered at once.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import bindparam, select

from service.api.operation import Call
from service.api.parking import PARKING, Parking, Wait
from service.capacity.shares import Places
from service.db import table
from service.models import Comment
from service.moderation.intake import id_spaces
from service.vocabulary import CommentStatus


class Waiting(Protocol):
    """A query that says how long to wait, and whose id it is."""

    @property
    def wait(self) -> float: ...

    @property
    def source(self) -> str | None: ...


WaitingQuery = TypeVar("WaitingQuery", bound=Waiting)

Open = tuple[str, CommentStatus]  # the id of a comment's row and the status in which it waits for a verdict

# Built once: building costs more than running.
_comment = table(Comment).c
STATUS = select(_comment.id, _comment.status).where(
    _comment.site_id == bindparam("site_id"), _comment.external_id == bindparam("external_id")
)


def wait_for_verdict(call: Call[Any, WaitingQuery], comment_id: str, /) -> None:
    """Return when the site's comment is no longer pending, does not exist, or the time is up.

    Raise Parked where the request waits without its thread and is run again.
    """
    wait_while(call, call.keeper.polls, lambda: _pending(call, comment_id))


def wait_while(call: Call[Any, WaitingQuery], polls: Places, find: Callable[[], Open | None], /) -> None:
    """Return when the comment that `find` names has another status, when it names none, or the time is up.

    Raise Parked as `wait_for_verdict` does.
    """
    parking: Parking | None = call.request.environ.get(PARKING)
    if parking is not None and parking.is_over:
        return
    found = find()
    weight = call.keeper.weight_of(call.site_id)
    if found is None or not polls.take(call.site_id, weight=weight):
        return
    row_id, status = found
    expectation = call.keeper.announcements.expect(row_id, beyond=status)

    def leave() -> None:
        expectation.leave()
        polls.give_back(call.site_id)

    try:
        # Asked again: a verdict between the look before and the expectation would be missed.
        if find() == found:
            if parking is not None:
                raise parking.park(Wait(expectation, call.query.wait, leave))
            expectation.wait(call.query.wait)
    finally:
        if parking is None or parking.wait is None:
            leave()


def _pending(call: Call[Any, WaitingQuery], comment_id: str) -> Open | None:
    with call.context.database.read() as session:
        row: Any = None
        if call.query.source is None:  # the common case by one small statement
            row = session.execute(STATUS, {"site_id": call.site_id, "external_id": comment_id}).first()
        if row is None:
            row = id_spaces.find_comment(session, call.site_id, comment_id, call.query.source)
    return (row.id, row.status) if row is not None and row.status is CommentStatus.PENDING else None
