"""Whether a step's time grows in proportion to its text: for hostile texts, measured so that a busy machine misleads
nobody.

The time is what the processor spent on this thread, the least of all tries. It is compared over three doublings,
because one alone can cross the size of a cache or of what the system lends, and a text that seems to be too slow is
tried again.
"""

import gc
import time
from collections.abc import Callable

MOST = 200_000  # characters: what the API takes
MEASURABLE = 0.004  # seconds; below it the clock's own steps decide
DOUBLINGS = 3
MOST_GROWTH = 3.0**DOUBLINGS  # of the time over these; linear is 8, quadratic 64
TRIES = 12

UNITS = (
    "a", "A-", "a.", "a,", "a, b-", "x-", "i d ", "a*", "<b", "<b></b>a", "[b]", "&shy;a", "aab", "aaab",
    "aaabbb", "1a", "1", "!", "!a1", "1a!", "@", "a@", "a@b.", "$", "()", "..a", "a..", " ", "\n", "\r\n",
    "the ", "you are ", "sh1t 4", "f u c k f*ck @@ss ", "http://a ", "www.", "a.com ", "a.com/)",
    "a-b.com ", "abcabcabcabcabcabcabcd", "é", "aé", "ä.", "ä.b ", "İ", "ﬁ", "𝓲", "і", "аб ", "aа", "😀a",
    "\U0001f1e9", "👨\u200d", "\u200b", "\u0336", "x\u0336", "x\u0315\u0327", "\u05b0\u0591", "क्", "ก",
    "\u1100", "ﷺ", "5 ", "+4", "i.e. ", "a;", "ok. ",
)  # fmt: skip
END = " f*ck @@ss A-é"  # something to undo, then what fits nothing, so that expressions go back


def not_linear(step: Callable[[str], object], /) -> list[str]:
    """Return the units of which hostile texts take `step` more than linear time."""
    return [unit for unit in UNITS if not is_linear(step, lambda size, unit=unit: unit * (size // len(unit)) + END)]


def is_linear(step: Callable[[str], object], text_of: Callable[[int], str], /) -> bool:
    """Whether each doubling of the text makes `step` less than three times as slow, where that can be measured."""
    size = 2_000
    while size < MOST and _seconds(step, text_of(size)) < MEASURABLE:
        size = min(MOST, size * 2)
    whole, part = text_of(size), text_of(size // 2**DOUBLINGS)
    least_whole = least_part = float("inf")
    for _ in range(TRIES):
        least_whole, least_part = min(least_whole, _seconds(step, whole)), min(least_part, _seconds(step, part))
        if least_whole < MOST_GROWTH * max(least_part, MEASURABLE / 4**DOUBLINGS):
            return True
    return False


def _seconds(step: Callable[[str], object], text: str) -> float:
    gc.disable()
    try:
        started = time.thread_time()
        step(text)
        return time.thread_time() - started
    finally:
        gc.enable()
