"""A place in the review queue as a query parameter: the sort key and the id of the last comment of a page."""

from datetime import datetime, timedelta
from typing import Any

from service import cursors
from service.errors import Malformed


def encoded(key: Any, comment_id: str, /) -> str:
    """Return the place after a comment with this sort key: its time of arrival, or a number."""
    value = key.isoformat() if isinstance(key, datetime) else key
    return cursors.encode([value, comment_id])


def decoded(given: str, /, *, is_time: bool) -> tuple[Any, str]:
    """Return sort key and id; raise Malformed for anything that `encoded` did not make for this order."""
    try:
        key, comment_id = cursors.decode(given)
        if is_time:
            key = datetime.fromisoformat(key)
            if key.tzinfo is None or key.utcoffset() != timedelta(0):
                raise ValueError("not a time in UTC")
        elif not isinstance(key, int | float):
            raise ValueError("not a number")
        if not isinstance(comment_id, str):
            raise ValueError("not an id")
    except (ValueError, TypeError) as error:
        raise Malformed("after: is not a place in the review queue; start again without it.") from error
    return key, comment_id
