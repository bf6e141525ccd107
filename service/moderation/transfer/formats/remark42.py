"""remark42's backup: a line about users and posts, then a JSON comment in each line, gzipped.

Everything that is not deleted is published there. `orig` is what the reader wrote; `text` is its HTML.
"""

import json
from collections.abc import Iterator
from typing import Any

from service.moderation.transfer.formats.files import Input, lines
from service.moderation.transfer.formats.rows import BadRow, Format, Options, Row
from service.vocabulary import Verdict


def _records(source: Input, _options: Options) -> Iterator[bytes | None]:
    for line in lines(source.stream):
        if line is None or (line.strip() and not is_about_the_site(line)):
            yield line


def is_about_the_site(line: bytes, /) -> bool:
    """Whether the line is the one about users and posts."""
    return line.lstrip().startswith(b'{"version"')


def _row(line: bytes | None) -> Row:
    record = parsed(line)
    user, locator = part(record, "user"), part(record, "locator")
    body = {
        "id": record.get("id"), "text": record.get("text"), "parent_id": record.get("pid"),
        "author_id": user.get("id"), "author_name": user.get("name"), "created_at": record.get("time"),
        "article_id": locator.get("url"), "article_url": locator.get("url"), "article_title": record.get("title"),
    }  # fmt: skip
    if record.get("delete"):
        return Row(body=body, word="deleted", is_deleted=True)
    return Row(body=body, verdict=Verdict.APPROVE, word="published")


def parsed(line: bytes | None, /) -> dict[str, Any]:
    """Return the JSON object of a line, or raise BadRow."""
    if line is None:
        raise BadRow("is longer than a row may be")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise BadRow("is not a JSON object")
    return record


def part(record: dict[str, Any], name: str, /) -> dict[str, Any]:
    """Return an object within a record, an empty one where there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


FORMAT = Format(records=_records, row=_row, html=True)
