"""A disguise does not lower a score; disguised comments are marked as such, and innocent words are not."""

import random
from collections.abc import Callable

import pytest

from service.vocabulary import Attribute
from workers.classifiers.base import Subject
from workers.classifiers.evasion import KINDS, disguise, driving_words, evasion_rates
from workers.classifiers.facade import LoadedClassifiers

INSULTS = [
    "You are a stupid idiot and everybody here knows it.",
    "What a pathetic moron, nobody cares about your garbage.",
    "Shut up you ugly bitch.",
    "This asshole is a disgusting liar.",
]
ONE_WORD = [
    "The author of this article is an idiot.",
    "Only a moron would write about the council this way.",
    "Our mayor is a bitch.",
    "What an asshole.",
    "That is bullshit and the paper knows it.",
]
INNOCENT = [
    "Scunthorpe and Penistone are fine towns, and so is Lightwater.",
    "We drank a cocktail in Essex before the assessment.",
    "Dick Cheney spoke at the class on Tuesday.",
    "On 2024-11-22 at 10:30 we paid $1,000,000 for the A380; see https://example.com/a_b?c=1.",
    "A well-known therapist said so, i.e. the U.S. expert in B2B sales.",
]


def toxicity_of(classifiers: LoadedClassifiers) -> Callable[[str], float]:
    return lambda text: classifiers.toxicity_scores(text)[0][Attribute.TOXICITY]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", INSULTS)
def test_a_disguised_insult_scores_as_the_plain_one(classifiers: LoadedClassifiers, text: str, kind: str) -> None:
    hidden = disguise(text, kind, random.Random(3), driving_words(text, toxicity_of(classifiers)))
    assert hidden != text
    assert toxicity_of(classifiers)(hidden) > toxicity_of(classifiers)(text) - 0.15


@pytest.mark.parametrize("kind", ["homoglyphs", "fullwidth", "mathematical", "leetspeak", "spaced_out", "punctuated"])
def test_a_disguise_that_fools_the_model_is_a_reason_by_itself(classifiers: LoadedClassifiers, kind: str) -> None:
    score = toxicity_of(classifiers)
    hidden = [disguise(text, kind, random.Random(3), driving_words(text, score)) for text in ONE_WORD]
    assert any(classifiers.assess(Subject(text=text, site_language="en")).disguised for text in hidden)


@pytest.mark.parametrize("text", [*INNOCENT, *INSULTS])
def test_a_plain_spelling_is_never_called_disguised(classifiers: LoadedClassifiers, text: str) -> None:
    assert not classifiers.assess(Subject(text=text)).disguised


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_words_with_rude_ones_inside_stay_clean(classifiers: LoadedClassifiers, text: str) -> None:
    assert toxicity_of(classifiers)(text) < 0.5


def test_the_evasion_rate_counts_what_was_caught_and_slipped_through() -> None:
    def fooled_by_stars(text: str) -> float:
        return 0.9 if "idiot" in text else 0.1

    rates = evasion_rates(fooled_by_stars, ["you idiot", "a fool", "thanks"], threshold=0.5)
    assert (rates["starred"].caught, rates["starred"].evaded, rates["starred"].rate) == (1, 1, 1.0)


def test_the_normaliser_halves_evasion_and_more(classifiers: LoadedClassifiers) -> None:
    one_view = evasion_rates(lambda text: classifiers.toxicity.score(text)[Attribute.TOXICITY], ONE_WORD, threshold=0.5)
    two_views = evasion_rates(toxicity_of(classifiers), ONE_WORD, threshold=0.5)
    slipped, before = (sum(rate.evaded for rate in rates.values()) for rates in (two_views, one_view))
    assert slipped * 2 < before


def test_a_disguised_word_is_explained_where_it_stands(classifiers: LoadedClassifiers) -> None:
    text = "The author of this article is an i.d.i.o.t, I think."
    spans = classifiers.explain(text, [Attribute.TOXICITY])
    assert [text[span.start : span.end] for span in spans] == ["i.d.i.o.t"]
