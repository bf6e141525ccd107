"""The words shown are those without which the score falls, within a bound on passes however long the text is."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.vocabulary import Attribute
from workers.classifiers.explain import MOST_NARROWING, MOST_SPANS, MOST_STRETCHES, STRETCH, explain

RUDE = {"idiot": 4.0, "stupid": 2.5, "blockhead": 4.0}


class Scorer:
    """A model simple enough to know the right answer: every rude word adds logits."""

    def __init__(self) -> None:
        self.passes = 0

    def __call__(self, text: str) -> dict[Attribute, float]:
        self.passes += 1
        logit = -3.0 + sum(RUDE.get(word.strip(".,!").lower(), 0.0) for word in text.split())
        return {Attribute.TOXICITY: 1 / (1 + 2.718281828 ** -min(logit, 30.0))}


def shown(text: str) -> list[str]:
    return [text[span.start : span.end] for span in explain(text, [Attribute.TOXICITY], Scorer())]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Thank you, but the mayor is an idiot in this matter.", ["idiot"]),
        ("You blockhead should read the article first.", ["blockhead"]),
        ("What a stupid idiot he is.", ["stupid idiot"]),
        ("idiot", ["idiot"]),
        ("", []),
        ("?!", []),
    ],
)
def test_the_words_that_raise_the_score_are_shown(text: str, words: list[str]) -> None:
    assert shown(text) == words


def test_the_end_of_a_long_text_is_looked_into() -> None:
    assert shown("The council will meet on Tuesday. " * 300 + "You idiot.") == ["idiot"]


def test_weights_of_an_attribute_add_up_to_one_and_come_strongest_first() -> None:
    spans = explain("An idiot wrote this, and a stupid one printed it.", [Attribute.TOXICITY], Scorer())
    assert sum(span.weight for span in spans) == pytest.approx(1)
    assert [span.weight for span in spans] == sorted((span.weight for span in spans), reverse=True)


@pytest.mark.parametrize("count", [1, 50, 500, 20_000])
def test_passes_are_bounded(count: int) -> None:
    scorer = Scorer()
    explain("word " * (count - 1) + "idiot", [Attribute.TOXICITY], scorer)
    assert scorer.passes <= 3 * MOST_NARROWING + MOST_STRETCHES * (2 * STRETCH + 1)


@given(st.lists(st.sampled_from(["the", "idiot", "stupid", "council", "👍", "don't", "a**", "\n"]), max_size=60))
@settings(deadline=None, max_examples=50)
def test_spans_lie_in_the_text_apart_and_few(parts: list[str]) -> None:
    text = " ".join(parts)
    spans = explain(text, [Attribute.TOXICITY], Scorer())
    assert len(spans) <= MOST_SPANS
    places = sorted((span.start, span.end) for span in spans)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(places))


def test_what_was_looked_into_in_time_is_shown_and_nothing_is_read_after_it() -> None:
    scorer = Scorer()
    text = "idiot " * (2 * STRETCH)
    left = iter([True] * (2 * STRETCH))
    spans = explain(text, [Attribute.TOXICITY], scorer, lambda: next(left, False))
    assert scorer.passes == 2 * STRETCH
    assert spans
    assert all(span.end <= len(text) // 2 for span in spans)
    assert explain(text, [Attribute.TOXICITY], scorer, lambda: False) == ()
