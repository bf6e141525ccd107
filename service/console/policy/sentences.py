"""What pydantic finds wrong with a field, as a sentence for the person who typed it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from service.console.saying import said

SENTENCES = {
    "int_parsing": _l("must be a whole number"),
    "int_from_float": _l("must be a whole number"),
    "int_type": _l("must be a whole number"),
    "float_parsing": _l("must be a number"),
    "float_type": _l("must be a number"),
    "finite_number": _l("must be a number"),
    "greater_than_equal": _l("must be %(ge)s or more"),
    "greater_than": _l("must be more than %(gt)s"),
    "less_than_equal": _l("must be %(le)s or less"),
    "less_than": _l("must be less than %(lt)s"),
    "datetime_from_date_parsing": _l("must be a day and a time"),
    "string_too_short": _l("must not be empty"),  # no field asks for more than one character
    "string_too_long": _l("must have at most %(max_length)s characters"),
}
PATTERNS = {
    "begin": _l("enter a time, for example 22:00"),
    "end": _l("enter a time, for example 22:00"),
    "report_kinds": _l("a kind begins with a letter from a to z; only a to z, 0 to 9 and “_”, at most 40 characters"),
    "default_language": _l("enter a language code, for example “en”"),
}


def sentence(detail: Mapping[str, Any], /) -> str:
    """Return it without a full stop."""
    name = next((str(part) for part in reversed(detail["loc"]) if isinstance(part, str)), "")
    if detail["type"] == "string_pattern_mismatch" and name in PATTERNS:
        return str(PATTERNS[name])
    written = SENTENCES.get(detail["type"])
    if written is None:
        ours = detail.get("ctx", {}).get("error")  # of our own validators, with its template where it has one
        return said(ours.args[0]) if isinstance(ours, ValueError) and ours.args else str(detail["msg"])
    return str(written) % {key: str(bound).removesuffix(".0") for key, bound in detail.get("ctx", {}).items()}
