"""The parts of a text are its sentences, or overlapping stretches of a long one; each offset is where it stands."""

from hypothesis import given
from hypothesis import strategies as st

from workers.classifiers.parts import LONGEST, STEP, STRETCH, parts_of


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in parts_of(text)]


def test_sentences_and_lines_are_parts() -> None:
    assert parts("One is here. Two!  Three?\n\nfour") == ["One is here.", "Two!", "Three?", "four"]


def test_a_text_of_one_part_has_none() -> None:
    assert parts("Only this, e.g. here") == ["Only this, e.g.", "here"]
    assert parts("Only this") == parts("") == parts(" \n ") == []


def test_every_row_of_twelve_words_of_a_long_sentence_is_in_one_stretch() -> None:
    words = [f"w{number}" for number in range(5 * LONGEST)]
    found = [part.split() for part in parts(" ".join(words))]
    assert all(len(part) == STRETCH for part in found)
    for first in range(len(words) - STEP):
        assert any(set(words[first : first + STEP]) <= set(part) for part in found)


@given(st.text(alphabet="ab .!\n", max_size=200))
def test_no_word_is_left_out(text: str) -> None:
    found = parts_of(text)
    covered = {place for start, end in found for place in range(start, end)}
    assert not found or all(place in covered for place, sign in enumerate(text) if sign.isalpha())
