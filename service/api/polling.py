"""The long poll: a request that waits for a verdict by looking at the database, never at RQ's job state.

It looks when a worker announces the verdict, and now and then in case the announcement was lost. Where none is heard
(Redis is away), it looks every 5 ms at first, because an idle service decides within 20-30 ms, and ever less often
after that. A poll holds a thread of the web server, but no connection, so that only half of them may wait; who comes
when all are taken is answered at once.
"""

import time
from typing import Any

from sqlalchemy import bindparam, select

from service.api.operation import Call
from service.api.shapes.requests import WaitQuery
from service.db import table
from service.models import Comment
from service.vocabulary import CommentStatus

# Built once: the poll runs it again and again, and building costs more than running.
_comment = table(Comment).c
STATUS = select(_comment.id, _comment.status).where(
    _comment.site_id == bindparam("site_id"), _comment.external_id == bindparam("external_id")
)
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.005, 0.5, 1.15


def wait_for_verdict(call: Call[Any, WaitQuery], comment_id: str, /) -> None:
    """Return when the site's comment is no longer pending, does not exist, or the time is up."""
    if not call.keeper.polls.acquire(blocking=False):
        return
    try:
        pending = _pending(call, comment_id)
        if pending is not None:
            _wait(call, comment_id, pending)
    finally:
        call.keeper.polls.release()


def _wait(call: Call[Any, WaitQuery], comment_id: str, row_id: str) -> None:
    until, pause = time.monotonic() + call.query.wait, FIRST_PAUSE
    announcements = call.keeper.announcements
    with announcements.expect(row_id) as announced:
        while True:
            # Asked before looking: a verdict recorded after this look will be heard.
            heard = announcements.are_heard()
            if _pending(call, comment_id) is None:
                return
            left = until - time.monotonic()
            if left <= 0:
                return
            announced.wait(min(LONGEST_PAUSE if heard else pause, left))
            announced.clear()  # it may have been about an earlier text
            pause = min(pause * GROWTH, LONGEST_PAUSE)


def _pending(call: Call[Any, WaitQuery], comment_id: str) -> str | None:
    """Return the row's id while it waits for a verdict."""
    with call.context.database.read() as session:
        row = session.execute(STATUS, {"site_id": call.site_id, "external_id": comment_id}).first()
    return row.id if row is not None and row.status is CommentStatus.PENDING else None
