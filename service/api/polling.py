"""The long poll: a request that waits for a verdict by looking at the database, never at RQ's job state.

It looks every 5 ms at first, because an idle service decides within 20-40 ms, and ever less often after that. A poll
holds a thread of the web server, so that only half of them may wait; who comes when all are taken is answered at
once.
"""

import time
from typing import Any

from sqlalchemy import bindparam, select

from service.api.operation import Call
from service.api.requests import WaitQuery
from service.models import Comment
from service.vocabulary import CommentStatus

# Built once: the poll runs it again and again, and building costs as much as running.
STATUS = select(Comment.status).where(
    Comment.site_id == bindparam("site_id"), Comment.external_id == bindparam("external_id")
)
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.005, 0.5, 1.15


def wait_for_verdict(call: Call[Any, WaitQuery], comment_id: str, /) -> None:
    """Return when the site's comment is no longer pending, does not exist, or the time is up."""
    if not call.keeper.polls.acquire(blocking=False):
        return
    try:
        until, pause = time.monotonic() + call.query.wait, FIRST_PAUSE
        while _is_pending(call, comment_id):
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(pause, left))
            pause = min(pause * GROWTH, LONGEST_PAUSE)
    finally:
        call.keeper.polls.release()


def _is_pending(call: Call[Any, WaitQuery], comment_id: str) -> bool:
    with call.context.database.read() as session:
        status = session.scalar(STATUS, {"site_id": call.site_id, "external_id": comment_id})
    return status is CommentStatus.PENDING
