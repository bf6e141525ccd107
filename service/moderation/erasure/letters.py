"""Dead letters that speak of what is being erased lose their bodies: a webhook that did not map still holds a text.

A body that did not map says nothing reliable about whose it is, so it is searched: an author's id anywhere in any
value, a comment's id as a whole value. What is no JSON (cut off, sent as a form) is searched as it was sent and with
its escapes undone, for either id anywhere: rather one letter too many than one that keeps an erased text.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from service.db import ERASED
from service.models import InboundWebhook, WebhookSource
from service.models.stored_ids import bare, space_of

ESCAPED = re.compile(r'(?:\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt]))+')  # as a run: two surrogates are one character


def forget_author(session: Session, site_id: str, stored_id: str, /) -> int:
    """Empty the dead letters of the author's sources that contain the author's id; return how many."""
    return _forget(session, _of_author(session, site_id, stored_id))


def forget_comment(session: Session, site_id: str, stored_id: str, /) -> int:
    """Empty the dead letters of the comment's source that contain the comment's id; return how many."""
    return _forget(session, _of_comment(session, site_id, stored_id))


def name_author(session: Session, site_id: str, stored_id: str, /) -> bool:
    """Whether a dead letter of the author's sources contains the author's id."""
    return next(_of_author(session, site_id, stored_id), None) is not None


def name_comment(session: Session, site_id: str, stored_id: str, /) -> bool:
    """Whether a dead letter of the comment's source contains the comment's id."""
    return next(_of_comment(session, site_id, stored_id), None) is not None


def _of_author(session: Session, site_id: str, stored_id: str) -> Iterator[InboundWebhook]:
    author_id, of_source = bare(stored_id), WebhookSource.author_space == space_of(stored_id)
    return _naming(session, site_id, of_source, author_id, lambda value: author_id in value)


def _of_comment(session: Session, site_id: str, stored_id: str) -> Iterator[InboundWebhook]:
    comment_id, of_source = bare(stored_id), WebhookSource.id_space == space_of(stored_id)
    return _naming(session, site_id, of_source, comment_id, lambda value: value == comment_id)


def _naming(
    session: Session, site_id: str, of_source: ColumnElement[bool], an_id: str, speaks: Callable[[str], bool]
) -> Iterator[InboundWebhook]:
    sources = select(WebhookSource.id).where(WebhookSource.site_id == site_id, of_source)
    kept = select(InboundWebhook).where(InboundWebhook.source_id.in_(sources), InboundWebhook.body.is_not(None))
    # Closed also where the first letter is enough: on PostgreSQL a cursor would stay open.
    with closing(session.scalars(kept.execution_options(yield_per=20))) as letters:
        for letter in letters:
            if _names(letter.body or "", an_id, speaks):
                yield letter


def _forget(session: Session, letters: Iterator[InboundWebhook]) -> int:
    emptied = 0
    for letter in letters:
        letter.body = letter.headers = None
        session.info[ERASED] = True
        emptied += 1
    session.flush()
    return emptied


def _names(body: str, erased_id: str, speaks: Callable[[str], bool]) -> bool:
    try:
        waiting: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        return any(erased_id in spelled for spelled in _spellings(body))
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif not isinstance(value, bool | None):
            text = str(value)
            if speaks(text):
                return True
            if text[:1] in ("{", "["):  # JSON within JSON, as some senders wrap it
                with suppress(ValueError, RecursionError):
                    waiting.append(json.loads(text))
    return False


def _spellings(body: str) -> Iterator[str]:
    """Yield the body as it was sent, with percent signs resolved, and with JSON's escapes resolved too."""
    for spelled in (body, unquote_plus(body)):
        yield spelled
        yield ESCAPED.sub(_resolved, spelled)


def _resolved(escape: re.Match[str]) -> str:
    try:
        return str(json.loads(f'"{escape[0]}"'))
    except ValueError:
        return escape[0]
