"""Decide which stretches of a long text are read: overlapping windows, bounded in number.

Without overlap an insult cut in two would be seen by neither window; without a bound one text could hold a worker for
minutes. Past the bound the start and the very end are read, and the caller says how many characters that was.
"""

from typing import NamedTuple

OVERLAP = 32  # tokens: longer than any phrase whose halves are harmless
MOST_WINDOWS = 24  # about 5,000 tokens or 20,000 characters of English, 1.2 s on one core


class Window(NamedTuple):
    """Tokens `start:end` of a text."""

    start: int
    end: int


def windows_over(tokens: int, *, size: int, overlap: int = OVERLAP, most: int = MOST_WINDOWS) -> list[Window]:
    """Return the windows of at most `size` tokens that cover `tokens` tokens, in order, at least one.

    The last window is as long as the others and ends with the text: a short rest would be judged without context.
    """
    if tokens <= size:
        return [Window(0, tokens)]
    overlap = min(overlap, size // 4)
    starts = [*range(0, tokens - size, size - overlap), tokens - size]
    if len(starts) > most:
        starts = [*starts[: most - 1], starts[-1]]
    return [Window(start, start + size) for start in starts]
