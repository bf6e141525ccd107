"""Find a site's listed terms in a comment, however they are disguised.

Both the text as written and its normalised form are searched, since undoing a disguise may join words that were
apart; hits are offsets into the original. A term matches whole words: "ass" is not found in "assess", but "ass*" is
found wherever a word begins with it. Scripts that are written without spaces have no word boundaries, and none are
asked for there. Spellings that readers take for the same are the same here (`service.moderation.text.folding`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import ahocorasick
import regex

from service.moderation.text.folding import fold
from service.moderation.text.normalisation import Normalised, normalise
from service.sentences import N_, worded

LONGEST_TERM = 255
SHORTEST_BEGINNING = 3  # characters before the "*"
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
    _automaton: Any  # by searched form: its length, and the terms of that form
    _fold_accents: bool

    @classmethod
    def compile(cls, terms: Iterable[str], *, fold_accents: bool = False) -> "TermList":
        """Compile terms of 1 to 255 characters; raise ValueError for one that no text could contain.

        With `fold_accents`, "fück" is "fuck": right for an English list, wrong for a German one.
        """
        kept = tuple(dict.fromkeys(" ".join(term.split()) for term in terms))
        automaton = ahocorasick.Automaton()
        for term in kept:
            for key in searched_forms(term, fold_accents=fold_accents):
                _, others = automaton.get(key, (0, ()))
                automaton.add_word(key, (len(key), (*others, term)))
        automaton.make_automaton()
        return cls(kept, automaton, fold_accents)

    def find(self, text: str, *, normalised: Normalised | None = None) -> tuple[TermHit, ...]:
        """Return the hits in order of place, each place and term once, MOST_HITS of each view at most.

        `normalised` is the text's normalised form, for a caller that searches several lists.
        """
        if not self.terms:
            return ()
        normalised = normalised or normalise(text, fold_accents=self._fold_accents)
        hits = set(islice(self._hits(text), MOST_HITS))
        if normalised.text != text:
            undone = islice(self._hits(normalised.text), MOST_HITS)
            hits |= {TermHit(*normalised.span(hit.start, hit.end), hit.term) for hit in undone}
        return tuple(sorted(hits))

    def _hits(self, text: str) -> Iterator[TermHit]:
        folded = fold(text)
        for last, (length, terms) in self._automaton.iter(folded.text):
            start, end = last + 1 - length, last + 1
            if not _is_boundary(folded.text, start):
                continue
            ends_word = _is_boundary(folded.text, end)
            for term in terms:
                if ends_word or is_beginning(term):
                    yield TermHit(folded.starts[start], folded.ends[end - 1], term)


def is_beginning(term: str, /) -> bool:
    """Whether the term stands for every word that begins with it, as "idiot*" does."""
    return len(term) > 1 and term.endswith("*") and (term[-2].isalnum() or bool(_COMBINING.match(term[-2])))


def searched_forms(term: str, /, *, fold_accents: bool = False) -> set[str]:
    """Return the forms of a term that are searched for; raise ValueError where no text could contain it."""
    if not 0 < len(term) <= LONGEST_TERM:
        raise ValueError(
            worded("must have 1 to %(most)s characters, has %(length)s", most=LONGEST_TERM, length=len(term))
        )
    if _EXPRESSION.fullmatch(term):
        raise ValueError(
            N_('must be words, not a regular expression; "idiot*" finds every word that begins with "idiot"')
        )
    written = term[:-1] if is_beginning(term) else term
    forms = {fold(written).text, fold(normalise(written, fold_accents=fold_accents).text).text}
    if not all(_SOMETHING.search(form) for form in forms):
        raise ValueError(N_("must contain a letter, a digit or a visible sign"))
    if written != term and min(map(len, forms)) < SHORTEST_BEGINNING and not _UNSPACED.search(term):
        raise ValueError(worded('must have at least %(least)s characters before the "*"', least=SHORTEST_BEGINNING))
    return forms


_EXPRESSION = regex.compile(r"/.+/[a-z]*", regex.DOTALL)
_SOMETHING = regex.compile(r"[^\s\p{C}]")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


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
