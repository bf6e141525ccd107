"""A comment's text cut into pieces, each with what was found in it: listed terms and the words behind a score. Pure.

Offsets are code points of the original text, as the classifiers report them; pieces never overlap and together are the
whole text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from service.console.formats import attribute_words
from service.console.saying import said
from service.moderation.judgement.findings import Findings, ListedTerm, ScoredSpan

FAINT = 0.15  # a span with less than this share of the strongest one's weight is not worth a mark


@dataclass(frozen=True)
class Piece:
    """Part of a text; `why` is "" where nothing was found, `kind` is term or span."""

    text: str
    kind: str = ""
    why: str = ""


def pieces(text: str, findings: Findings, /) -> list[Piece]:
    """Return the text in pieces, in order; what does not fit the text (of another revision) is left out."""
    marks: dict[int, tuple[str, str]] = {}
    for start, end, why in _spans(findings.spans, len(text)):
        for position in range(start, end):
            marks[position] = ("span", why)
    for one in findings.personal_data or ():
        for position in range(max(0, one.start), min(one.end, len(text))):
            marks[position] = ("term", said(one.kind))
    for term in findings.terms:  # later, so that a list hit wins over a score
        if 0 <= term.start < term.end <= len(text):
            why = _on_list(term)
            for position in range(term.start, term.end):
                marks[position] = ("term", why)
    cut: list[Piece] = []
    begin = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or marks.get(position) != marks.get(begin):
            kind, why = marks.get(begin, ("", ""))
            cut.append(Piece(text[begin:position], kind, why))
            begin = position
    return cut


def _on_list(term: ListedTerm) -> str:
    if term.list == "blocked":
        return _("on the blocked list: %(terms)s", terms=term.term)
    return _("on the suspect list: %(terms)s", terms=term.term)


def found(cut: Sequence[Piece], /) -> list[Piece]:
    """Return the marked pieces, each text and explanation once."""
    return list({(piece.text.casefold(), piece.why): piece for piece in cut if piece.kind}.values())


def _spans(spans: Sequence[ScoredSpan], length: int) -> list[tuple[int, int, str]]:
    fitting = [span for span in spans if 0 <= span.start < span.end <= length and span.weight > 0]
    strongest = max((span.weight for span in fitting), default=0.0)
    return [
        (span.start, span.end, _("raised the score for “%(attribute)s”", attribute=attribute_words(span.attribute)))
        for span in fitting
        if span.weight >= FAINT * strongest
    ]
