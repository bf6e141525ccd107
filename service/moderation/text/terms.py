"""Find a site's listed terms in a comment, however they are disguised.

Both the text as written and its normalised form are searched, since undoing a disguise may join words that were
apart; hits are offsets into the original. A term matches whole words: "ass" is not found in "assess". Scripts that
are written without spaces have no word boundaries, and none are asked for there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import ahocorasick
import regex

from service.moderation.text.normalisation import Normalised, normalise

LONGEST_TERM = 255
MOST_HITS = 1_000  # of one list in one text; a verdict needs one


@dataclass(frozen=True, order=True)
class TermHit:
    """Characters `start:end` of the original text match `term`, as it is written on the list."""

    start: int
    end: int
    term: str


@dataclass(frozen=True)
class TermList:
    """A compiled list; `terms` in the order given, without repeats."""

    terms: tuple[str, ...]
    _automaton: Any
    _fold_accents: bool

    @classmethod
    def compile(cls, terms: Iterable[str], *, fold_accents: bool = False) -> "TermList":
        """Compile terms of 1 to 255 characters; raise ValueError for another length or for one without a letter.

        With `fold_accents`, "fück" is "fuck": right for an English list, wrong for a German one.
        """
        kept = tuple(dict.fromkeys(" ".join(term.split()) for term in terms))
        automaton = ahocorasick.Automaton()
        for term in kept:
            for key in searched_forms(term, fold_accents=fold_accents):
                automaton.add_word(key, (len(key), term))
        automaton.make_automaton()
        return cls(kept, automaton, fold_accents)

    def find(self, text: str, *, normalised: Normalised | None = None) -> tuple[TermHit, ...]:
        """Return the hits in order of place, each place and term once, MOST_HITS of each view at most.

        `normalised` is the text's normalised form, for a caller that searches several lists.
        """
        if not self.terms:
            return ()
        normalised = normalised or normalise(text, fold_accents=self._fold_accents)
        hits = {TermHit(start, end, term) for start, end, term in islice(self._matches(_folded(text)), MOST_HITS)}
        if normalised.text != text:
            undone = islice(self._matches(_folded(normalised.text)), MOST_HITS)
            hits |= {TermHit(*normalised.span(start, end), term) for start, end, term in undone}
        return tuple(sorted(hits))

    def _matches(self, folded: str) -> Iterator[tuple[int, int, str]]:
        for last, (length, term) in self._automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            if _is_boundary(folded, start) and _is_boundary(folded, end):
                yield start, end, term


def searched_forms(term: str, /, *, fold_accents: bool = False) -> set[str]:
    """Return the forms of a term that are searched for; raise ValueError where no text could contain it."""
    if not 0 < len(term) <= LONGEST_TERM:
        raise ValueError(f"must have 1 to {LONGEST_TERM} characters, has {len(term)}")
    forms = {_folded(term), _folded(normalise(term, fold_accents=fold_accents).text)}
    if not all(_SOMETHING.search(form) for form in forms):
        raise ValueError("must contain a letter, a digit or a visible sign")
    return forms


_SOMETHING = regex.compile(r"[^\s\p{C}]")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_WIDE_SPACE = str.maketrans(dict.fromkeys("\t\n\r\x0b\x0c\u00a0\u2003\u2002\u2009\u202f\u3000", " "))


def _folded(text: str) -> str:
    """Fold case without changing the length, so that offsets hold ("İ".lower() has two characters)."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    return lower.translate(_WIDE_SPACE)


def _is_boundary(text: str, place: int) -> bool:
    """Say whether a word may begin or end at `place`: not between two word characters of a spaced script."""
    if place in (0, len(text)):
        return True
    before, after = text[place - 1], text[place]
    if not (_is_word(before) and _is_word(after)):
        return True
    return bool(_UNSPACED.match(before) or _UNSPACED.match(after))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_" or bool(_COMBINING.match(character))


_COMBINING = regex.compile(r"\p{M}")
