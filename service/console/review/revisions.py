"""What changed between two texts, word by word, for the diff of an edited comment. Pure."""

import difflib
from dataclasses import dataclass

import regex

_PARTS = regex.compile(r"\s+|\w+|[^\w\s]+")
LONGEST = 4_000  # words; a diff of more takes seconds and is too long to read


@dataclass(frozen=True)
class Part:
    """Some words: "same", "gone" or "new"."""

    kind: str
    text: str


def difference(before: str, after: str, /) -> list[Part]:
    """Return the parts of both texts in reading order; very long texts come as one gone and one new part."""
    old, new = _PARTS.findall(before), _PARTS.findall(after)
    if len(old) + len(new) > LONGEST:
        return [Part("gone", before), Part("new", after)]
    parts: list[Part] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(Part("same", "".join(old[a:b])))
            continue
        if b > a:
            parts.append(Part("gone", "".join(old[a:b])))
        if d > c:
            parts.append(Part("new", "".join(new[c:d])))
    return parts
