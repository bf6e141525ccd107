"""The stretches of a text that get scores of their own, and their places as Perspective counts them: UTF-16 units."""

import re

LONGEST = 3_000  # characters of a text that is scored by sentences: they cost as much again as the whole text
MOST = 32  # stretches: each costs a pass of the classifier
_BREAK = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\n")


def stretches(text: str, /) -> list[tuple[int, int]]:
    """Return the sentences as (start, end) in code points, at most 32; a long text is one stretch."""
    if len(text) > LONGEST:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    start = 0
    for separator in _BREAK.finditer(text):
        _add(found, text, start, separator.end())
        start = separator.end()
    _add(found, text, start, len(text))
    size = -(-len(found) // MOST)
    groups = [found[first : first + size] for first in range(0, len(found), size or 1)]
    return [(group[0][0], group[-1][1]) for group in groups]


def utf16_length(text: str, /) -> int:
    """Return the length of `text` in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    stretch = text[start:end]
    kept = stretch.strip()
    if kept:
        first = start + stretch.index(kept)
        found.append((first, first + len(kept)))
