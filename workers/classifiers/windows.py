"""Decide in which windows a long text is read.

Without overlap an insult cut in two would be seen by neither window. How many windows are read is the budget's matter
(`budget.py`), or a bound's where a whole batch is read at once; the caller says how many characters that was.
"""

from typing import NamedTuple

OVERLAP = 8  # tokens: a phrase whose halves are harmless; sentences are also read on their own
MOST_WINDOWS = 24  # of one text in a batch; the start and the very end are read past that


class Window(NamedTuple):
    """Tokens `start:end` of a text."""

    start: int
    end: int


def windows_over(tokens: int, *, size: int, overlap: int = OVERLAP, most: int | None = None) -> list[Window]:
    """Return the windows of at most `size` tokens that cover `tokens` tokens, in order, at least one, `most` at most.

    The last window is as long as the others and ends with the text: a short rest would be judged without context.
    """
    if tokens <= size:
        return [Window(0, tokens)]
    overlap = min(overlap, size // 4)
    starts = [*range(0, tokens - size, size - overlap), tokens - size]
    if most is not None and len(starts) > most:
        starts = [*starts[: most - 1], starts[-1]]
    return [Window(start, start + size) for start in starts]


def characters_covered(windows: list[Window], offsets: list[tuple[int, int]], *, length: int) -> int:
    """Count the characters of a text that the windows cover: all, unless they leave out a stretch of tokens.

    `offsets` holds each token's place in the text, `length` is the text's.
    """
    covered = position = 0
    for window in windows:
        start = 0 if window.start == 0 else offsets[window.start][0]
        end = length if window.end == len(offsets) else offsets[window.end - 1][1]
        covered += max(end, position) - max(start, position)
        position = max(end, position)
    return covered
