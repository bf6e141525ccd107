"""The parts of a text that are read on their own: among kind words a threat of ten weighs little.

A part is a sentence, or a stretch of a long one. A text that is one part has none: it is read as a whole anyway.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

LONGEST = 30  # words of a sentence that is read in one
STRETCH, STEP = 24, 12  # words

_END = re.compile(r"(?<=[.!?\u2026\u3002])\s+|\n+")
_WORD = re.compile(r"\S+")

Place = tuple[int, int]


def parts_of(text: str, /) -> list[Place]:
    """Return where the parts of `text` are, in order; none where it has only one."""
    found = [part for start, end in between(_END, text) for part in _stretches(text, start, end)]
    return found if len(found) > 1 else []


def with_places(parts: Sequence[Place], places: Sequence[tuple[int, float]], /) -> list[tuple[float, Place]]:
    """Return the parts in which at least one of `places` (in order) lies, each with the highest of their values."""
    starts = [start for start, _ in places]
    found: list[tuple[float, Place]] = []
    for start, end in parts:
        inside = places[bisect_left(starts, start) : bisect_left(starts, end)]
        if inside:
            found.append((max(value for _, value in inside), (start, end)))
    return found


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
