"""JSON as Google's servers read it: keys without quotes, single quotes, line breaks inside strings, trailing commas.

Perspective's own quick start has keys without quotes. No library reads all four (json5 and pyjson5 refuse the line
break), so what `json` refuses is written anew, token by token and in one pass, as strict JSON for `json` to read.
"""

import codecs
import json
import re
from typing import Any, NoReturn

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<double>"[^"\\]*(?:\\.[^"\\]*)*")
    | '(?P<single>[^'\\]*(?:\\.[^'\\]*)*)'
    | (?P<mark>[{}\[\]:,])
    | (?P<bare>[^\s{}\[\]:,"']+)
    """,
    re.VERBOSE | re.DOTALL,
)
LONGEST_TOLERATED = 256 * 1024  # characters: a token costs a microsecond, and longer bodies come from JSON libraries
NAME = re.compile(r"[A-Za-z_$][\w$.@-]*")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(raw: bytes, /) -> Any:
    """Return the value of a JSON text in UTF-8; half an emoji becomes U+FFFD. Raise ValueError for anything else."""
    text = raw.removeprefix(codecs.BOM_UTF8).decode()
    try:
        try:
            return _clean(_read(text))
        except ValueError:
            if len(text) > LONGEST_TOLERATED:
                raise
            return _clean(_read(_strict(text)))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _read(text: str) -> Any:
    return json.loads(text, strict=False, parse_constant=_refuse)


def _strict(text: str) -> str:
    """Return the same with double quotes around every string and every key, and without trailing commas."""
    pieces: list[str] = []
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise ValueError("a string does not end")
        place, kind, piece = found.end(), found.lastgroup, found[found.lastgroup or 0]
        if kind == "space":
            continue
        if kind == "single":
            piece = '"' + re.sub(r'\\(.)|(")', _requoted, piece, flags=re.DOTALL) + '"'
        elif piece == ":" and pieces and NAME.fullmatch(pieces[-1]):
            pieces[-1] = f'"{pieces[-1]}"'
        elif piece in "}]" and pieces and pieces[-1] == ",":
            pieces.pop()
        pieces.append(piece)
    return " ".join(pieces)


def _requoted(found: re.Match[str]) -> str:
    if found[1] is None:
        return '\\"'
    return "'" if found[1] == "'" else found[0]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
