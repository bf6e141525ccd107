"""Which parts of a text are read on their own: those that a guess from their words suspects, the most suspect first."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.vocabulary import Attribute
from workers.classifiers.budget import FEWEST, PER_CALL, Budget
from workers.classifiers.encoder import AGAINST, Encoder
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.parts import Place
from workers.classifiers.toxicity.second_reading import CERTAIN, SUSPECT, every_part, suspect_parts, worst_part

TEXT = "The first one. The second one. The third one."
KIND = "Thank you for this careful article about the new bridge, the photos are wonderful."


class Reader:
    """Remembers what it read."""

    def __init__(self) -> None:
        self.read_texts: list[str] = []

    def read(self, text: str, budget: Budget, /) -> tuple[dict[Attribute, float], int]:
        self.read_texts.append(text)
        return {Attribute.TOXICITY: 0.1 * len(self.read_texts)}, len(text)


@pytest.fixture(scope="module")
def compact() -> Encoder:
    return Encoder(SHIPPED / "compact")


def guessed(*guesses: float) -> Any:
    return lambda _text, places: list(guesses[: len(places)])


def test_suspect_parts_come_first_and_others_not_at_all() -> None:
    found = suspect_parts(TEXT, guessed(SUSPECT, SUSPECT - 0.01, CERTAIN))
    assert found == [(CERTAIN, "The third one."), (SUSPECT, "The first one.")]


def test_where_nobody_can_guess_every_part_is_read() -> None:
    assert [part for _, part in suspect_parts(TEXT, lambda *_: None)] == [
        f"The {n} one." for n in ("first", "second", "third")
    ]
    assert suspect_parts("One sentence.", lambda *_: None) == []


def test_a_model_without_weights_reads_all_parts_of_a_short_text_and_none_of_a_long_one() -> None:
    assert len(suspect_parts(TEXT, every_part)) == 3
    assert suspect_parts(TEXT * 100, every_part) == []


def test_the_worst_part_counts_and_what_is_only_suspect_is_read_while_there_is_budget() -> None:
    worst, read = worst_of_parts(Budget())
    assert worst == {Attribute.TOXICITY: pytest.approx(0.3)}
    assert read == ["The second one.", "The first one.", "The third one."]
    nearly = Budget(longest=20)
    assert nearly.allows(FEWEST - PER_CALL - 1)
    assert worst_of_parts(nearly)[1] == ["The second one."]


def worst_of_parts(budget: Budget) -> tuple[dict[Attribute, float], list[str]]:
    reader = Reader()
    worst = worst_part(reader, TEXT, guessed(SUSPECT, CERTAIN, SUSPECT), budget)  # type: ignore[arg-type]
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
    assert suspect_parts(f"{KIND} {insult}\n{KIND}", compact.guesses)[0][1] == insult


def test_kind_words_in_a_sentence_take_off_only_so_much(compact: Encoder) -> None:
    def guess(text: str) -> float:
        return (compact.guesses(text, [(0, len(text))]) or [0.0])[0]

    kind = " ".join(KIND.split(" ") * 3)
    assert guess(f"You stupid idiot, {kind}") >= guess("stupid idiot") - AGAINST
    assert guess(f"You stupid idiot, {kind}") > CERTAIN


def test_a_model_without_weights_guesses_nothing(compact: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "_guess", None)
    assert compact.guesses(TEXT, [(0, 5)]) is None
