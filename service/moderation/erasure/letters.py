"""Dead letters that speak of what is being erased lose their bodies: a webhook that did not map still holds a text.

A body that did not map says nothing reliable about whose it is, so it is searched: an author's id anywhere in any
value, a comment's id as a whole value.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import InboundWebhook, WebhookSource


def forget_author(session: Session, site_id: str, author_id: str, /) -> int:
    """Empty the site's dead letters that contain the author's id; return how many."""
    return _forget(session, site_id, lambda value: author_id in value)


def forget_comment(session: Session, site_id: str, external_id: str, /) -> int:
    """Empty the site's dead letters that contain the comment's id; return how many."""
    return _forget(session, site_id, lambda value: value == external_id)


def _forget(session: Session, site_id: str, speaks: Callable[[str], bool]) -> int:
    sources = select(WebhookSource.id).where(WebhookSource.site_id == site_id)
    kept = select(InboundWebhook).where(InboundWebhook.source_id.in_(sources), InboundWebhook.body.is_not(None))
    emptied = 0
    for letter in session.scalars(kept.execution_options(yield_per=20)):
        if any(speaks(value) for value in _values(letter.body or "")):
            letter.body = letter.headers = None
            emptied += 1
    session.flush()
    return emptied


def _values(body: str) -> Iterator[str]:
    """Yield every value in the JSON as text, and the body itself where it is none."""
    try:
        waiting: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        yield body
        yield from body.split()
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif not isinstance(value, bool | None):
            yield str(value)
