"""Which rows are trained on, which choose and calibrate, and which only measure; decided by a hash, never by order.

Every trainer and every measurement asks here, so that no text is trained on in one place and reported on in another.
The answer depends on the normalised text (or the article) alone: the same text met in two sets falls on one side, and
adding a set moves nothing. Changing a number below makes every published figure stale.
"""

import hashlib
import unicodedata
from typing import Literal

Split = Literal["train", "valid", "test"]

TEXT_VALID, TEXT_TEST = 8, 10  # per cent of texts
ARTICLE_VALID, ARTICLE_TEST = 10, 20  # per cent of articles


def text_key(text: str) -> str:
    """Return 16 hex digits that are equal for texts differing only in case, width, white space or punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(character for character in folded if character.isalnum())
    return hashlib.sha256((letters or folded).encode()).hexdigest()[:16]


def text_split(text: str) -> Split:
    """Say on which side a text of a toxicity set falls; duplicates, in whatever set, fall on the same side."""
    return _side(f"text:{text_key(text)}", valid=TEXT_VALID, test=TEXT_TEST)


def article_split(source: str, article_id: str) -> Split:
    """Say on which side an article and all its comments fall; `source` is the folder's name under relevance/."""
    return _side(f"article:{source}:{article_id}", valid=ARTICLE_VALID, test=ARTICLE_TEST)


def _side(key: str, *, valid: int, test: int) -> Split:
    bucket = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 100
    if bucket < test:
        return "test"
    return "valid" if bucket < test + valid else "train"
