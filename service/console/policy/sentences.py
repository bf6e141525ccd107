"""What pydantic finds wrong with a field, as a sentence for the person who typed it."""

from collections.abc import Mapping
from typing import Any

SENTENCES = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "datetime_from_date_parsing": "must be a day and a time",
    "string_too_short": "must not be empty",  # no field asks for more than one character
    "string_too_long": "must have at most {max_length} characters",
}
PATTERNS = {
    "begin": "enter a time, for example 22:00",
    "end": "enter a time, for example 22:00",
    "default_language": "enter a language code, for example “en”",
}


def sentence(detail: Mapping[str, Any], /) -> str:
    """Return it without a full stop; a sentence of our own validators as it is."""
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "string_pattern_mismatch" and name in PATTERNS:
        return PATTERNS[name]
    written = SENTENCES.get(detail["type"])
    if written is None:
        return str(detail["msg"]).removeprefix("Value error, ")
    return written.format(**{key: str(bound).removesuffix(".0") for key, bound in detail.get("ctx", {}).items()})
