"""The parts of a text that are read on their own: among kind words a threat of ten weighs little.

A part is a sentence, or a stretch of a long one. A text that is one part has none: it is read as a whole anyway.
Clauses are smaller, and out of their sentence poorer witnesses: only those that are nearly certain are read.
"""

import re
from collections.abc import Iterator

from service.moderation.text.normalisation import BLOCK, PICTURE

LONGEST = 30  # words of a sentence that is read in one
STRETCH, STEP = 16, 8  # words

_STOP, _CLOSING = r"[.!?\u2026]", r"[\"'\u201d\u2019\u00bb)\]}*_`]"
_AFTER_A_STOP = "|".join(rf"(?<={_STOP}{_CLOSING * closed})" for closed in range(4))
# What ends a sentence, or stands between two: stops with their quotes and brackets, also where no space follows; stops
# of other scripts; lines, markup, dashes between spaces, semicolons, bars, bullets and pictures.
_END = re.compile(
    rf"(?:{_AFTER_A_STOP}|(?<={_STOP}\[\d\]))\s+"
    rf"|(?<=[\w\"'\u201d\u2019)]{_STOP})(?:[/+=~^|\\_*,:#@$%&]|(?=[A-Z\u201c]|</?[a-zA-Z]|\[/?[a-zA-Z]))"
    r"|(?<=[\u3002\uff01\uff1f\uff61\u0964\u0965\u06d4\u203d\ufe52\uff0e])\s*|[\n\u2028\u2029]+|(?<=[!?])(?=[a-z])|-{2,}"
    rf"|</?(?i:{BLOCK})[^<>]{{0,40}}>|\s[-\u2013\u2014*/~+=]+\s|[;|\u2022\u00b7\u2013\u2014]|(?:{PICTURE}|\ufe0f)+",
)
_CLAUSE = re.compile(
    r"(?<=[a-z]{2})\.(?=[a-z]{2})|[,\uff0c\u3001]\s*|[:()\[\]<>`\"\u201c\u201d]|\s(?:and|but|because)\s"
)
_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff]"  # letters of scripts without spaces: two of them count as a word
_WORD = re.compile(rf"{_UNSPACED}{{1,2}}|(?:(?!{_UNSPACED})[^\W_])+")

Place = tuple[int, int]


def parts_of(text: str, /) -> list[Place]:
    """Return where the parts of `text` are, in order; none where it has only one."""
    found: list[Place] = []
    for start, end in between(_END, text):
        words = _words(text, start, end)
        if len(words) > LONGEST:
            firsts = (*range(0, len(words) - STRETCH, STEP), len(words) - STRETCH)
            found += [(words[first][0], words[first + STRETCH - 1][1]) for first in firsts]
        elif words:
            found.append(_trimmed(text, start, end))
    return found if len(found) > 1 else []


def clauses_of(text: str, part: Place, /) -> list[Place]:
    """Return where the clauses of a part are that are less than it, in order; those of one or two words are none."""
    start, end = whole = _trimmed(text, *part)
    found = [_trimmed(text, start + first, start + last) for first, last in between(_CLAUSE, text[start:end])]
    return [one for one in found if one != whole and len(_words(text, *one)) > 2]


def between(ends: re.Pattern[str], text: str, /) -> Iterator[Place]:
    """Yield what lies between the places where sentences end, nothing empty."""
    start = 0
    for match in ends.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _words(text: str, start: int, end: int) -> list[Place]:
    return [match.span() for match in _WORD.finditer(text, start, end)]


def _trimmed(text: str, start: int, end: int) -> Place:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
