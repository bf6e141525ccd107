"""A row of a file as a comment that can be stored: read by the rules of a webhook, with what was decided about it.

Everything here is done outside a transaction: only storing holds up live comments.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from service.clock import utc_now
from service.models.stored_ids import in_space
from service.moderation.text.fingerprints import digest, simhash
from service.moderation.text.length import length_up_to
from service.moderation.text.publisher_ids import RULE, is_id
from service.moderation.transfer.formats.history import History
from service.moderation.transfer.formats.rows import HTML, PLAIN, BadRow, Row
from service.moderation.webhooks import field_maps
from service.moderation.webhooks.field_maps import LONGEST_TEXT, Mapped, Unmappable
from service.vocabulary import Verdict

TIME_RULE = "must be a time from 1970 to 2200, such as 2025-12-31T10:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A comment from a file. Without `verdict` and `history` it is undecided; a deleted one has no text and author."""

    mapped: Mapped
    word: str
    verdict: Verdict | None
    is_deleted: bool
    written_at: datetime | None  # by which repeats and floods count
    history: History | None
    text_digest: str
    simhash: int
    length: int


def arrive(row: Row, /, *, html: bool, maximum_length: int) -> Arrival:
    """Return the comment of a row, or raise BadRow."""
    comment_id = row.body.get("id")
    if comment_id is None or comment_id == "" or isinstance(comment_id, bool | float | dict | list):
        raise BadRow("has no id")
    if not is_id(str(comment_id)):
        raise BadRow(f"id: {RULE}")
    written = row.body.get("created_at")
    body = dict(row.body)
    if row.is_deleted:
        body |= {"text": "deleted", "author_id": None, "author_name": None}
    elif not isinstance(body.get("text"), str) or not body["text"]:
        raise BadRow("has no text")
    try:
        found = field_maps.apply(HTML if html else PLAIN, body, {}, longest_text=LONGEST_TEXT + 1)
    except Unmappable as error:  # no field is left that could be the reason
        raise BadRow(str(error)) from None
    assert found is not None  # the maps ignore nothing
    if row.is_deleted:
        found = replace(found, text="")
    elif not found.text.strip():
        raise BadRow("has no text")
    if len(found.text) > LONGEST_TEXT:
        raise BadRow(f"text: must have at most {LONGEST_TEXT:,} characters")
    if str(written or "").strip() and found.created_at is None:  # imported without it, it would count as written now
        raise BadRow(f"created_at: {TIME_RULE}")
    if found.parent_id == found.id:
        found = replace(found, parent_id=None)
    return _arrival(row, found, maximum_length=maximum_length)


def in_spaces(arrival: Arrival, ids: str, authors: str, /) -> Arrival:
    """Return the comment with its ids as they are stored for these id spaces (`service.models.stored_ids`)."""
    mapped = arrival.mapped
    stored = replace(
        mapped,
        id=in_space(ids, mapped.id),
        parent_id=in_space(ids, mapped.parent_id),
        article_id=in_space(ids, mapped.article_id),
        author_id=in_space(authors, mapped.author_id),
    )
    return replace(arrival, mapped=stored)


def _arrival(row: Row, mapped: Mapped, *, maximum_length: int) -> Arrival:
    history, text = row.history, mapped.text
    written = (history.received_at if history else None) or mapped.created_at
    return Arrival(
        mapped=mapped,
        word=row.word,
        verdict=row.verdict,
        is_deleted=row.is_deleted,
        written_at=min(written, utc_now()) if written else None,
        history=history,
        text_digest=digest(text) if text else "",
        simhash=simhash(text) if text else 0,
        length=length_up_to(text, maximum_length) if text else 0,
    )
