"""Shorten what only fills a text: a sign, a word or a pattern of up to sixteen characters, again and again."""

import re
from functools import cache

LONGEST_PATTERN = 16


def without_filler(text: str, /, *, kept: int) -> str:
    """Return `text` with `kept` copies of whatever is repeated more often, one copy directly after the other."""
    return _repeated(kept).sub(lambda match: match[1] * kept, text)


@cache
def _repeated(kept: int) -> re.Pattern[str]:
    return re.compile(rf"(.{{1,{LONGEST_PATTERN}}}?)\1{{{kept},}}", re.DOTALL)
