"""Which parts of a text are read on their own: those that a guess from their words suspects, the most suspect first."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.vocabulary import Attribute
from workers.classifiers.budget import FEWEST, PER_CALL, Budget
from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.parts import Place, parts_of
from workers.classifiers.toxicity.second_reading import CERTAIN, NEAR, SUSPECT, may_be_read, nobody_guesses, worst_part

TEXT = "The first one. The second one. The third one."
KIND = "Thank you for this careful article about the new bridge, the photos are wonderful."


class Reader:
    """Remembers what it read; what it has no score for scores less than NEAR."""

    def __init__(self, **scores: float) -> None:
        self.scores = scores
        self.read_texts: list[str] = []

    def read(self, text: str, budget: Budget, /) -> tuple[dict[Attribute, float], int]:
        self.read_texts.append(text)
        budget.allows(len(text.split()))
        found = [score for word, score in self.scores.items() if word in text]
        return {Attribute.TOXICITY: max(found, default=NEAR - 0.02)}, len(text)


@pytest.fixture(scope="module")
def compact() -> Encoder:
    return Encoder(SHIPPED / "compact")


def guessed(*guesses: float) -> Any:
    return lambda _text, places: list(guesses[: len(places)])


def test_may_be_read_come_first_and_others_not_at_all() -> None:
    found = may_be_read(TEXT, guessed(SUSPECT, SUSPECT - 0.01, CERTAIN))
    assert found[:2] == ["The third one.", "The first one."]
    assert found[2:] == ["The second one. The third one.", "The first one. The second one."]


@pytest.mark.parametrize("times", [1, 100])
def test_where_nobody_can_guess_every_part_is_read_also_of_a_long_text(times: int) -> None:
    text = " ".join(TEXT.replace("one", f"one of {number}") for number in range(times))
    assert may_be_read(text, nobody_guesses)[: 3 * times] == [text[slice(*place)] for place in parts_of(text)]
    assert may_be_read("One sentence, and one clause.", nobody_guesses) == []


def test_of_clauses_only_those_that_are_certain_are_read_and_only_in_suspect_parts() -> None:
    text = "We walked along the water, you are all idiots, and it was lovely."

    def guesses(_text: str, places: Sequence[Place], part: float = SUSPECT) -> list[float]:
        certain = {"you are all idiots": CERTAIN, text: part}
        return [certain.get(text[slice(*place)], CERTAIN - 0.1) for place in places]

    assert may_be_read(text, guesses) == ["you are all idiots"]
    assert may_be_read(text, lambda text, places: guesses(text, places, SUSPECT - 0.01)) == []


def test_the_worst_part_counts_and_a_budget_that_ends_before_the_last_suspect_is_spent() -> None:
    worst, read = worst_of_parts(Budget(), third=0.095)
    assert worst == {Attribute.TOXICITY: 0.095}
    assert read == ["The second one.", "The first one.", "The third one."]
    nearly = Budget(longest=20)
    assert nearly.allows(FEWEST - 2 * PER_CALL - 3)
    assert worst_of_parts(nearly)[1] == ["The second one.", "The first one."]
    assert nearly.is_spent


def test_a_part_that_is_alike_in_two_views_is_read_once() -> None:
    reader = Reader()
    views = (TEXT, TEXT.replace("third", "th1rd"))
    worst_part(reader, views, guessed(SUSPECT, SUSPECT, SUSPECT), Budget())  # type: ignore[arg-type]
    assert sorted(reader.read_texts) == ["The first one.", "The second one.", "The th1rd one.", "The third one."]


def test_what_scores_a_little_is_read_together_with_its_neighbours() -> None:
    worst, read = worst_of_parts(Budget(), third=NEAR)
    assert read[3:] == ["The second one. The third one."]
    worst, read = worst_of_parts(Budget(), second=NEAR, third=0.2)
    assert read[3:] == ["The first one. The second one.", "The second one. The third one."]
    assert worst == {Attribute.TOXICITY: 0.2}


def test_of_two_parts_the_pair_is_the_whole_and_is_not_read_again() -> None:
    reader = Reader(first=0.3)
    worst_part(reader, ["The first one. The second one."], guessed(CERTAIN, CERTAIN), Budget())  # type: ignore[arg-type]
    assert reader.read_texts == ["The first one.", "The second one."]


def worst_of_parts(budget: Budget, **scores: float) -> tuple[dict[Attribute, float], list[str]]:
    reader = Reader(**scores)
    worst = worst_part(reader, [TEXT], guessed(SUSPECT, CERTAIN, SUSPECT), budget)  # type: ignore[arg-type]
    return worst, reader.read_texts


def test_an_insult_is_guessed_far_above_thanks_wherever_it_stands(compact: Encoder) -> None:
    insult = "You are all too stupid to understand how a bridge works."
    text = f"{KIND} {insult} {KIND}"
    places: Sequence[Place] = [
        (0, len(KIND)),
        (len(KIND) + 1, len(KIND) + 1 + len(insult)),
        (len(text) - len(KIND), len(text)),
    ]
    first, middle, last = compact.guesses(text, places) or []
    assert middle > CERTAIN > SUSPECT > first == last
    assert middle == pytest.approx((compact.guesses(insult, [(0, len(insult))]) or [0.0])[0])


@pytest.mark.parametrize(
    "insult",
    [
        "I hope your whole family burns in that house.",
        "We will come to your house tonight.",
        "Go back to where you came from, nobody wants you here.",
        "Nobody would miss you if you were gone tomorrow.",
        "Women belong in the kitchen and nowhere else.",
        "Send them all to the gas.",
        "lick my boots you peasant",
    ],
)
def test_what_the_model_holds_is_suspect_without_a_rude_word(compact: Encoder, insult: str) -> None:
    assert may_be_read(f"{KIND} {insult}\n{KIND}", compact.guesses)[0] == insult


def test_kind_words_in_a_sentence_take_off_only_so_much(compact: Encoder) -> None:
    def guess(text: str) -> float:
        return (compact.guesses(text, [(0, len(text))]) or [0.0])[0]

    kind = " ".join(KIND.split(" ") * 3)
    assert compact._guess is not None
    assert guess(f"You stupid idiot, {kind}") >= guess("You stupid idiot, thank you") - compact._guess.against
    assert guess(f"You stupid idiot, {kind}") > CERTAIN


def test_a_model_without_weights_guesses_nothing(compact: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "_guess", None)
    assert compact.guesses(TEXT, [(0, 5)]) is None
