"""The ids that a publisher gives to comments, articles, authors and parents: theirs to choose, and returned unchanged.

Ids are compared byte by byte: "é" as one code point and as two are two ids. Only what breaks log lines, databases or
UTF-8 is refused: control characters and lone surrogates.
"""

from urllib.parse import quote

import regex

from service.sentences import N_

LONGEST = 512  # code points; PostgreSQL's largest index entry, 2704 bytes, holds so many of four bytes each
RULE = N_("must be 1 to 512 characters, none of them a control character")
_IN_NO_ID = regex.compile(r"[\p{Cc}\p{Cs}]")
_DOTS = {".": "%2E", "..": "%2E%2E"}  # a client would resolve them as folders


def is_id(value: str, /) -> bool:
    """Whether `value` can be the id that a publisher gives to something."""
    return 1 <= len(value) <= LONGEST and not _IN_NO_ID.search(value)


def in_path(value: str, /) -> str:
    """Return the id as one segment of an address."""
    return _DOTS.get(value) or quote(value, safe="")
