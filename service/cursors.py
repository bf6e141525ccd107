"""Places in a list as opaque text: JSON in base64 that needs no escaping in an address."""

import base64
import json
import re
from datetime import datetime
from typing import Any

_NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # no database takes these


def encode_row(moment: datetime, row_id: str, /) -> str:
    """Return the place of a row in a list that goes by time."""
    return encode([moment.isoformat(), row_id])


def decode_row(given: str, /) -> tuple[datetime, str]:
    """Return the time and the id of ours that `encode_row` was given; raise ValueError for anything else."""
    try:
        written, row_id = decode(given)
        moment = datetime.fromisoformat(written)
        moment.astimezone()
        if moment.tzinfo is None or len(row_id) != 32 or not row_id.isalnum():
            raise ValueError("not the place of a row")
    except (TypeError, AttributeError, OverflowError) as error:
        raise ValueError("not the place of a row") from error
    return moment, row_id


def encode(place: list[Any], /) -> str:
    """Return `place` as text."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode(given: str, /) -> list[Any]:
    """Return what `encode` was given; raise ValueError for anything else. Of the values only the texts are checked: a
    database takes each of them.
    """
    try:
        padded = given.encode("ascii") + b"=" * (-len(given) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(place, list):
        raise ValueError("not a list")
    for value in place:
        if isinstance(value, str) and _NOT_TEXT.search(value):
            raise ValueError("not text that a database takes")
    return place
