"""The parts of a text are its sentences, or overlapping stretches of a long one; each offset is where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.classifiers.parts import LONGEST, STEP, STRETCH, clauses_of, parts_of


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in parts_of(text)]


def test_sentences_and_lines_are_parts() -> None:
    assert parts("One is here. Two!  Three?\n\nfour") == ["One is here.", "Two!", "Three?", "four"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"One is here." "Two!" (Three.)', ['"One is here."', '"Two!"', "(Three.)"]),
        ("One is here.Two is there, e.g. Ben.", ["One is here.", "Two is there, e.g.", "Ben."]),
        ("One is here[1]. Two.[2] Three", ["One is here[1].", "Two.[2]", "Three"]),
        ("<ul><li>one</li><LI>two</li></ul>", ["one", "two"]),
        (
            "one \u2014 two - three; four | five\u2022six 🌸 seven",
            ["one", "two", "three", "four", "five", "six", "seven"],
        ),
        ("ONE IS HERE.TWO IS", ["ONE IS HERE.", "TWO IS"]),
        ("in 2024.We <b>will.</b> Go!!1 now", ["in 2024.", "We <b>will.", "</b> Go!!1 now"]),
        (
            "one--two.#three.@four\u2028five?six\u203d seven",
            ["one", "two.", "three.", "four", "five?", "six\u203d", "seven"],
        ),
        ("谢谢你。你是一条狗！再见", ["谢谢你。", "你是一条狗！", "再见"]),
        ("well-known 3.5 a.m. https://a.example/b.c", ["well-known 3.5 a.m.", "https://a.example/b.c"]),
    ],
)
def test_what_ends_a_part(text: str, found: list[str]) -> None:
    assert parts(text) == found


def test_words_that_signs_join_and_letters_without_spaces_are_cut_into_stretches() -> None:
    assert len(parts("/".join(["word"] * 3 * LONGEST))) > 5
    assert len(parts("他们的新桥" * LONGEST)) > 5


def test_clauses_are_less_than_a_sentence_and_more_than_two_words() -> None:
    text = "We walked, you are all idiots, and (so it is) it was lovely. One sentence only."
    found = [text[slice(*place)] for part in parts_of(text) for place in clauses_of(text, part)]
    assert found == ["you are all idiots", "so it is", "it was lovely."]


def test_a_text_of_one_part_has_none() -> None:
    assert parts("Only this, e.g. here") == ["Only this, e.g.", "here"]
    assert parts("Only this") == parts("") == parts(" \n ") == []


def test_every_row_of_eight_words_of_a_long_sentence_is_in_one_stretch() -> None:
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
