"""The kinds of field that requests are made of: what a text, an id, a time or an address may be.

A validator's sentence says what would be right and never repeats what was sent.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from service.moderation.policy.rules import LANGUAGE
from service.moderation.text import publisher_ids
from service.moderation.text.cleaning import clean, one_line

LARGEST_NUMBER_BITS = 1_700  # 512 decimal digits
MAX_TEXT = 200_000  # code points; the site's maximum counts what a reader sees and lies far below
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
ID_SCHEMA: Mapping[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": publisher_ids.LONGEST,
    "pattern": r"^[^\x00-\x1f\x7f-\x9f]+$",
}


class Request(BaseModel):
    """Base of all request bodies: exact types, no fields that we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_id(value: object) -> object:
    """Return an integer as its decimal string: JSON has both, and a database's key is often the number."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= LARGEST_NUMBER_BITS:
        return str(value)
    return value


def check_id(value: str) -> str:
    """Return a publisher's id unchanged."""
    if not publisher_ids.is_id(value):
        raise ValueError(publisher_ids.RULE)
    return value


def read_language(value: object) -> object:
    """Return a language tag with the hyphen of BCP 47, where operating systems write en_US."""
    return value.replace("_", "-") if isinstance(value, str) else value


def read_blank(value: object) -> object:
    """Return None for "": forms and templates send empty fields for what is not there."""
    return None if value == "" else value


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


Blank = Literal[""]
ExternalId = Annotated[
    str,
    BeforeValidator(read_id),
    AfterValidator(check_id),
    WithJsonSchema({"anyOf": [dict(ID_SCHEMA), {"type": "integer"}]}, mode="validation"),
]
QueryId = Annotated[str, AfterValidator(check_id), WithJsonSchema(dict(ID_SCHEMA))]
Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean)]
Line = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Title = Annotated[str, Field(max_length=1000), AfterValidator(one_line)]
LongText = Annotated[str, Field(max_length=500_000), AfterValidator(clean)]
KeyPoint = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(clean)]
Language = Annotated[
    str,
    BeforeValidator(read_language),
    Field(max_length=20, pattern=LANGUAGE),
    WithJsonSchema({"type": "string", "maxLength": 20, "pattern": LANGUAGE.replace("(-", "([-_]")}),
]
Moment = Annotated[datetime, PlainValidator(read_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Address = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"}), AfterValidator(check_address)]

# Where a field may be left out, "" leaves it out.
OptionalId = Annotated[ExternalId | None, BeforeValidator(read_blank, json_schema_input_type=ExternalId | Blank | None)]
OptionalLanguage = Annotated[
    Language | None, BeforeValidator(read_blank, json_schema_input_type=Language | Blank | None)
]
OptionalMoment = Annotated[Moment | None, BeforeValidator(read_blank, json_schema_input_type=Moment | Blank | None)]
OptionalAddress = Annotated[Address | None, BeforeValidator(read_blank, json_schema_input_type=Address | Blank | None)]
