"""Every step of the classifiers takes time in proportion to the text, whatever the text."""

from collections.abc import Callable

import pytest

from tests.support.linear import not_linear
from tests.workers.classifiers.language.test_stretches import STEMS, decide
from workers.classifiers.encoder import Encoder
from workers.classifiers.language.ciphers import coded_signs
from workers.classifiers.language.foreign_words import foreign_rows
from workers.classifiers.language.scattered_words import Scattered
from workers.classifiers.language.scripts import foreign_scripts
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.parts import clauses_of, parts_of
from workers.classifiers.relevance.words import advert_signs, read_words

COMPACT = Encoder(SHIPPED / "compact")
STEPS: dict[str, Callable[[str], object]] = {
    "language": decide,
    "language of another than English": lambda text: decide(f"No está bien porque es lo que hay. {text}", {"es", "ru"}),
    "language of Russian": lambda text: decide(f"Это нехорошо, потому что это так. {text}", {"es", "ru"}),
    "language of scattered words": lambda text: Scattered(STEMS, lambda _: None).sentence(text),
    "scripts": foreign_scripts,
    "foreign words": lambda text: foreign_rows(text, STEMS),
    "parts, and a guess at each": lambda text: COMPACT.guesses(text, parts_of(text)),
    "clauses, and a guess at each": lambda text: COMPACT.guesses(text, clauses_of(text, (0, len(text)))),
    "words of the off-topic classifier": lambda text: read_words(text, STEMS, 9.0),
    "signs of adverts": advert_signs,
    "signs that spell words": coded_signs,
    "tokenizer": COMPACT.tokens,
}


@pytest.mark.parametrize("step", STEPS)
def test_twice_the_text_takes_less_than_three_times_as_long(step: str) -> None:
    assert not_linear(STEPS[step]) == []
