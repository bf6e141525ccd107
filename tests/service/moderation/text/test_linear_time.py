"""Every step that reads a comment's text takes time in proportion to its length, whatever the text."""

from collections.abc import Callable

import pytest

from service.moderation.text.cleaning import clean
from service.moderation.text.filler import without_filler
from service.moderation.text.fingerprints import digest
from service.moderation.text.length import length_of_words, reader_length
from service.moderation.text.links import find_links
from service.moderation.text.normalisation import Normalised, normalise
from service.moderation.text.personal_data import find_personal_data
from service.moderation.text.rewriting import plain_view
from service.moderation.text.search_words import words_of
from service.moderation.text.terms import TermList
from tests.support.linear import not_linear

TERMS = TermList.compile(["idiot", "a a", "ass", "$", "x-x"])
STEPS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "reader_length": reader_length,
    "length_of_words": lambda text: length_of_words(text, 1_000_000),
    "without_filler": lambda text: without_filler(text, kept=8),
    "normalise": lambda text: normalise(text, fold_accents=True),
    "find_links": find_links,
    "digest": digest,
    "search_words": words_of,
    "personal_data": lambda text: find_personal_data(text, language="en"),
    "terms": lambda text: TERMS.find(text, normalised=Normalised(text, plain_view(text), differs=False)),
}


@pytest.mark.parametrize("step", STEPS)
def test_twice_the_text_takes_less_than_three_times_as_long(step: str) -> None:
    assert not_linear(STEPS[step]) == []
