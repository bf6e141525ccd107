"""Count a comment's characters as its reader and the browser's form count them.

The same number as `[...new Intl.Segmenter().segment(text.trim().replace(/\\s+/g, " "))].length` in a browser, with one
difference on purpose: a cluster that shows nothing (a zero-width space, a soft hyphen, a blank filler) is not counted,
or fifty of them would make a comment.
"""

import re

import regex

# What JavaScript's \s matches, and the blanks that it does not know: fillers and the empty braille pattern.
_WHITE = re.compile(r"[\s\ufeff\u115f\u1160\u2800\u3164\uffa0]+")
_CLUSTER = regex.compile(r"\X")
_SHOWS_NOTHING = regex.compile(r"[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+")


def reader_length(text: str) -> int:
    """Return the number of grapheme clusters (UAX #29) after trimming and collapsing white space; linear in `text`."""
    if text.isascii() and text.isprintable():
        return len(" ".join(text.split()))
    collapsed = _WHITE.sub(" ", text).strip()
    return sum(1 for match in _CLUSTER.finditer(collapsed) if not _SHOWS_NOTHING.fullmatch(match[0]))
