"""Request bodies and query strings, from raw bytes to checked models; errors never repeat the content.

The JSON parser is pydantic's own, on the raw bytes: Flask's answers 500 to deep nesting and takes lone surrogates
(docs/adr/0003). An error's pointer goes only as deep as names that we know, because an unknown name is the caller's
text.
"""

import codecs
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.errors import FieldError, Invalid, Malformed, TooLarge, UnsupportedType

Model = TypeVar("Model", bound=BaseModel)
# A text cut between the halves of an emoji. What follows any other backslash is skipped, so that "\\\\ud800" is left.
LONE_SURROGATE = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?!u[dD][89a-fA-F]).)|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    re.DOTALL,
)
MOST_ERRORS = 20
CUT_SHORT = "The body ended before its Content-Length."


def read_json(request: Request, kind: type[Model], /) -> Model:
    """Return the request's body as `kind`; raise UnsupportedType, TooLarge, Malformed or Invalid."""
    return parse(raw_body(request), kind)


def raw_body(request: Request, /) -> bytes:
    """Return the bytes of a body that says it is plain JSON."""
    if request.mimetype != "application/json":
        raise UnsupportedType("Send the body as application/json, with that Content-Type.")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedType("JSON is UTF-8; leave the charset out or say utf-8.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedType("The body must not be compressed; send it without Content-Encoding.")
    return whole_body(request)


def whole_body(request: Request, /) -> bytes:
    """Return the bytes of the body; raise TooLarge, or Malformed where it ended early."""
    most = request.max_content_length or 0
    too_large = TooLarge(f"The body may have at most {most} bytes.")
    try:
        raw = request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise too_large from None
    except ClientDisconnected:
        raise Malformed(CUT_SHORT) from None
    if request.content_length is None and len(raw) >= most:
        raise too_large  # werkzeug stops reading a chunked body at the limit and says nothing
    if request.content_length is not None and len(raw) != request.content_length:
        raise Malformed(CUT_SHORT)
    return raw


def parse(raw: bytes, kind: type[Model], /, *, prefix: str = "#") -> Model:
    """Return JSON text as `kind`; pointers in errors begin with `prefix`.

    Half an emoji counts as a control character: removed from a text, refused in an id.
    """
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        try:
            return kind.model_validate_json(raw, strict=True)
        except ValidationError as error:
            mended = LONE_SURROGATE.sub(lambda found: found[1] or rb"\u0000", raw) if _is_no_json(error) else raw
            if mended == raw:
                raise
        return kind.model_validate_json(mended, strict=True)
    except ValidationError as error:
        raise from_validation(error, kind, prefix=prefix) from None


def read_query(request: Request, kind: type[Model], /) -> Model:
    """Return the query string as `kind`; raise Malformed."""
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            detail = "A parameter came twice."
            raise Malformed(detail, errors=[FieldError(_known_parameter(name, kind), "repeated", detail)])
        given[name] = values[0]
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise Malformed(
            "A parameter of the address is not right.", errors=_field_errors(error, kind, prefix="?", separator="")
        ) from None


def from_validation(error: ValidationError, kind: type[BaseModel], /, *, prefix: str = "#") -> Malformed | Invalid:
    """Return the problem for what pydantic refused: Malformed where it is not JSON at all, else Invalid."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if _is_no_json(error):
        # pydantic says where and why ("expected `,` at line 3 column 8") and never quotes the text.
        return Malformed(f"The body is not JSON: {first['msg'].removeprefix('Invalid JSON: ')}.")
    found = _field_errors(error, kind, prefix=prefix)
    return Invalid("The body is not valid; see errors.", errors=found)


def _is_no_json(error: ValidationError) -> bool:
    return error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] == "json_invalid"


def _field_errors(
    error: ValidationError, kind: type[BaseModel], *, prefix: str, separator: str = "/"
) -> list[FieldError]:
    known = _known_names(kind)
    found = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False)[:MOST_ERRORS]:
        pointer = _pointer(detail["loc"], known, prefix, separator)
        found.append(FieldError(pointer, *_explained(detail["type"], detail["msg"], kind)))
    return list(dict.fromkeys(found))


def _pointer(location: Sequence[int | str], known: frozenset[str], prefix: str, separator: str) -> str:
    parts = []
    for part in location:
        if isinstance(part, str) and part not in known:
            break
        parts.append(str(part))
    return prefix + "".join(f"{separator}{part}" for part in parts)


def _explained(code: str, message: str, kind: type[BaseModel]) -> tuple[str, str]:
    if code == "extra_forbidden":
        return (
            "unknown_field",
            f"Unknown field. Allowed fields at the top level: {', '.join(kind.model_fields)}.",
        )
    if code == "missing":
        return "required", "This field is required."
    if code == "value_error":
        return "invalid", message.removeprefix("Value error, ")
    return code, message


def _known_parameter(name: str, kind: type[BaseModel]) -> str:
    return f"?{name}" if name in kind.model_fields else "?"


@cache
def _known_names(kind: type[BaseModel]) -> frozenset[str]:
    names: set[str] = set()

    def collect(schema: Any) -> None:
        if isinstance(schema, dict):
            properties = schema.get("properties")
            names.update(properties if isinstance(properties, dict) else ())
            names.update(value for value in schema.get("enum", ()) if isinstance(value, str))
            for value in schema.values():
                collect(value)
        elif isinstance(schema, list):
            for value in schema:
                collect(value)

    collect(kind.model_json_schema())
    return frozenset(names)
