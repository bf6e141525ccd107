"""The passages of an article that a comment is compared with: its title, key points and stretches of its body.

Stretches follow sentences, do not overlap, and grow with the body, 24 at most; beyond about
20,000 characters the rest of a body is left out. Changing a number here makes stored article indexes stale: raise
`FORMAT` in relevance_index.py.
"""

import re
from dataclasses import dataclass

from workers.classifiers.base import ArticleText

BODY_PASSAGES = 24
KEY_POINTS = 8
SHORTEST, LONGEST = 350, 900  # characters of a stretch of the body

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+")
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True)
class Passage:
    """A piece of an article; `kind` is title, key_point or body."""

    kind: str
    text: str


def passages(article: ArticleText) -> tuple[Passage, ...]:
    """Return what a comment is compared with: the title, the key points, then the body; any one of them suffices.

    The first passage counts as the heading, also where it is not the title. Raise ValueError for an article without any
    text.
    """
    headings = [("title", article.title), *(("key_point", point) for point in article.key_points[:KEY_POINTS])]
    found = (
        *(Passage(kind, text[:LONGEST]) for kind, heading in headings if (text := _clean(heading))),
        *(Passage("body", stretch) for stretch in _stretches(article.body)),
    )
    if not found:
        raise ValueError("article is empty: give it a title, key points or a body")
    return found


def _stretches(body: str) -> list[str]:
    size = min(LONGEST, max(SHORTEST, len(body) // BODY_PASSAGES))
    found: list[str] = []
    current = ""
    for sentence in _sentences(body):
        if current and len(current) + len(sentence) > size:
            found.append(current)
            current = ""
        current = f"{current} {sentence}" if current else sentence
    if current:
        found.append(current)
    return found[:BODY_PASSAGES]


def _sentences(body: str) -> list[str]:
    pieces: list[str] = []
    for sentence in _SENTENCE_END.split(body[: 2 * LONGEST * BODY_PASSAGES]):
        cleaned = _clean(sentence)
        pieces.extend(cleaned[start : start + LONGEST] for start in range(0, len(cleaned), LONGEST))
    return pieces


def _clean(text: str) -> str:
    return _WHITE.sub(" ", text).strip()
