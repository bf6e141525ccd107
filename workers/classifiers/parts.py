"""The parts of a text that are read on their own: among kind words a threat of ten weighs little.

A part is a sentence, or a stretch of a long one. A text that is one part has none: it is read as a whole anyway.
"""

import re
from collections.abc import Iterator

LONGEST = 30  # words of a sentence that is read in one
STRETCH, STEP = 24, 12  # words

_END = re.compile(r"(?<=[.!?\u2026\u3002])\s+|\n+")
_WORD = re.compile(r"\S+")

Place = tuple[int, int]


def parts_of(text: str, /) -> list[Place]:
    """Return where the parts of `text` are, in order; none where it has only one."""
    found = [part for start, end in between(_END, text) for part in _stretches(text, start, end)]
    return found if len(found) > 1 else []


def between(ends: re.Pattern[str], text: str, /) -> Iterator[Place]:
    """Yield what lies between the places where sentences end, nothing empty."""
    start = 0
    for match in ends.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _stretches(text: str, start: int, end: int) -> Iterator[Place]:
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if len(words) <= LONGEST:
        if words:
            yield words[0][0], words[-1][1]
        return
    for first in (*range(0, len(words) - STRETCH, STEP), len(words) - STRETCH):
        yield words[first][0], words[first + STRETCH - 1][1]
