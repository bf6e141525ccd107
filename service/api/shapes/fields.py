"""The kinds of field that requests are made of: what a text, an id, a time or an address may be.

A validator's sentence says what would be right and never repeats what was sent.
"""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from service.moderation.policy.rules import LANGUAGE

MAX_TEXT = 200_000  # code points; the site's maximum counts what a reader sees and lies far below
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_ALLOWED_CONTROLS = frozenset("\n\t")
_REFUSED = {code: None for code in (*range(0x20), 0x7F) if chr(code) not in _ALLOWED_CONTROLS}


class Request(BaseModel):
    """Base of all request bodies: exact types, no fields that we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def clean_text(value: str) -> str:
    """Return the text with line ends as \\n; refuse control characters and lone surrogates."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if not value.isprintable():  # cheap: most texts without line breaks end here
        if value.translate(_REFUSED) != value:
            raise ValueError("must not contain control characters other than line feed and tab")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("must not contain lone surrogates")
    return value


def clean_line(value: str) -> str:
    """Return text that must stay on one line, stripped."""
    value = clean_text(value).strip()
    if "\n" in value or "\t" in value:
        raise ValueError("must be a single line")
    return value


def clean_id(value: str) -> str:
    """Return an id that can stand in a path."""
    if not is_external_id(value):
        raise ValueError(EXTERNAL_ID_RULE)
    return value


EXTERNAL_ID_RULE = "must be 1 to 200 printable characters without slash or white space, and not . or .."


def is_external_id(value: str) -> bool:
    """Whether `value` can be the id that a site gives to something."""
    return (
        1 <= len(value) <= 200
        and value.isprintable()
        and " " not in value
        and "/" not in value
        and "\\" not in value
        and value not in (".", "..")
    )


def read_moment(value: object) -> datetime:
    """Return a time that every database and every conversion takes, from RFC 3339 alone.

    pydantic would also take dates, numbers and numbers in quotes, as seconds since 1970.
    """
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("must be a time with zone as in RFC 3339, such as 2026-11-22T10:00:00Z")
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("must be a time that exists") from None
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("must lie between the years 1970 and 2200")
    return moment.astimezone(UTC)


def check_address(value: str) -> str:
    """Return an absolute http(s) address without user name."""
    wanted = "must be an absolute http or https address without user name"
    if not value.isascii() or not value.isprintable() or any(character in value for character in ' \\"<>'):
        raise ValueError(wanted)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or port == 0:
        raise ValueError(wanted)
    return value


ExternalId = Annotated[
    str,
    AfterValidator(clean_id),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\s/\\]+$"}),
]
Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean_text)]
Line = Annotated[str, Field(max_length=200), AfterValidator(clean_line)]
Title = Annotated[str, Field(max_length=1000), AfterValidator(clean_line)]
LongText = Annotated[str, Field(max_length=500_000), AfterValidator(clean_text)]
KeyPoint = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(clean_text)]
Language = Annotated[str, Field(max_length=20, pattern=LANGUAGE)]
Moment = Annotated[datetime, PlainValidator(read_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Address = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"}), AfterValidator(check_address)]
