"""A comment's text cut into pieces, each with what was found in it: listed terms and the words behind a score. Pure.

Offsets are code points of the original text, as the classifiers report them; pieces never overlap and together are the
whole text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.console.formats import attribute_words

FAINT = 0.15  # a span with less than this share of the strongest one's weight is not worth a mark


@dataclass(frozen=True)
class Piece:
    """Part of a text; `why` is "" where nothing was found, `kind` is term or span."""

    text: str
    kind: str = ""
    why: str = ""


def pieces(text: str, findings: Mapping[str, Any], /) -> list[Piece]:
    """Return the text in pieces, in order; what does not fit the text (of another revision) is left out."""
    marks: dict[int, tuple[str, str]] = {}
    for start, end, why in _spans(findings.get("spans") or (), len(text)):
        for position in range(start, end):
            marks[position] = ("span", why)
    for term in findings.get("terms") or ():  # later, so that a list hit wins over a score
        start, end = int(term["start"]), int(term["end"])
        if 0 <= start < end <= len(text):
            for position in range(start, end):
                marks[position] = ("term", f"on the {term['list']} list: {term['term']}")
    cut: list[Piece] = []
    begin = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or marks.get(position) != marks.get(begin):
            kind, why = marks.get(begin, ("", ""))
            cut.append(Piece(text[begin:position], kind, why))
            begin = position
    return cut


def found(cut: Sequence[Piece], /) -> list[Piece]:
    """Return the marked pieces, each text and explanation once."""
    return list({(piece.text.casefold(), piece.why): piece for piece in cut if piece.kind}.values())


def _spans(spans: Sequence[Mapping[str, Any]], length: int) -> list[tuple[int, int, str]]:
    fitting = [s for s in spans if 0 <= int(s["start"]) < int(s["end"]) <= length and float(s["weight"]) > 0]
    strongest = max((float(span["weight"]) for span in fitting), default=0.0)
    return [
        (int(span["start"]), int(span["end"]), f"raised the score for “{attribute_words(str(span['attribute']))}”")
        for span in fitting
        if float(span["weight"]) >= FAINT * strongest
    ]
