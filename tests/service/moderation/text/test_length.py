"""A comment is as long as its reader sees it."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.text.filler import without_filler
from service.moderation.text.length import length_of_words, length_up_to, reader_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("two words", 9),
        ("  two \n\n  words ", 9),
        ("a\r\nb", 3),
        ("e\u0301te\u0301", 3),  # combining accents
        ("👨‍👩‍👧‍👦", 1),  # a family is one
        ("👍🏽👍", 2),
        ("🇺🇸🇩🇪", 2),
        ("नमस्ते", 3),  # Devanagari with a conjunct
        ("각각", 2),
        ("각", 1),  # the same syllable from three jamo
        ("\u200b\u200b\u200b", 0),
        ("fi\u00adre", 4),
        ("a\u2060b\ufeffc", 4),  # U+FEFF is white space to a browser
        ("\u3164\u3164\u2800", 0),
        ("\u2066hidden\u2069", 6),
        ("日本語", 3),
        ("x\u00a0\u00a0y", 3),
    ],
)
def test_the_count_is_what_a_reader_sees(text: str, length: int) -> None:
    assert reader_length(text) == length


def test_fifty_invisible_characters_are_not_a_comment() -> None:
    assert reader_length("ok" + "\u200b" * 50) == 2


@given(st.text())
def test_surrounding_and_doubled_white_space_never_counts(text: str) -> None:
    assert reader_length(f" \n{text}\t ") == reader_length(text)


@given(st.text(alphabet=st.characters(categories=("L", "M", "N", "P", "S", "Zs"))))
def test_it_is_the_number_of_clusters_where_everything_shows(text: str) -> None:
    collapsed = regex.sub(r"[\s\ufeff]+", " ", text).strip()
    blank = regex.compile(r"[\u115f\u1160\u2800\u3164\uffa0\p{Default_Ignorable_Code_Point}]")
    if not blank.search(text):
        assert reader_length(text) == len(regex.findall(r"\X", collapsed))


@given(st.text(alphabet=[chr(code) for code in range(32, 127)] + ["\t", "\n", "\r"]))
def test_the_fast_path_for_ascii_agrees_with_the_slow_one(text: str) -> None:
    assert reader_length(text + " é") == reader_length(text) + (2 if reader_length(text) else 1)


# What `[...new Intl.Segmenter().segment(collapsed)].length` says in Node 20 (ICU 78, Unicode 17).
IN_A_BROWSER = [
    ("  A plain  sentence,\n\nwith lines\tand tabs.  ", 38),
    ("naïve café été", 14),
    ("👨\u200d👩\u200d👧\u200d👦👍🏽 🇺🇸🇩🇪 ❤️", 7),
    ("नमस्ते दुनिया", 7),
    ("각각 각", 4),
    ("日本語です。", 6),
    ("שלום עולם", 9),
    ("ไทยนี้", 4),
    ("a\r\nb\xa0c\u2003d", 7),
    ("Z̸͓̠a̴l̷g̵o̶", 5),
    ("x\ufeffy", 3),
    ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", 2),
    ("ﬁ ½ ™", 5),
    ("́alone", 6),
]


@pytest.mark.parametrize(("text", "length"), IN_A_BROWSER)
def test_a_browser_counts_the_same(text: str, length: int) -> None:
    assert reader_length(text) == length


@pytest.mark.parametrize(
    "text",
    [".", "a", "ha ", "aaaa ", "!?", "\u2026 ", "😀", "blah, blah, "],
)
def test_filler_makes_no_comment_of_fifty_characters(text: str) -> None:
    assert length_of_words(text * 70, 50) < 50


def test_ordinary_emphasis_is_no_filler() -> None:
    text = "Yes!!! This is soooo good... I can't wait, ha ha ha, until the new bridge opens."
    assert length_of_words(text, 50) >= 50


def test_words_after_a_long_row_of_filler_are_counted() -> None:
    assert length_of_words("." * 5_000 + "The council should publish the whole report before it votes.", 50) >= 50


PATTERNS = st.text(alphabet="ab .!é\u200b👍", min_size=1, max_size=16)


@given(PATTERNS, st.integers(1, 60), st.integers(1, 60))
def test_more_copies_count_no_more_than_fewer_and_those_that_are_kept(pattern: str, fewer: int, more: int) -> None:
    count = [length_of_words(pattern * (fewer + added), 10_000) for added in (0, more)]
    assert count[1] <= count[0] + reader_length(pattern * 3)


@given(st.text(alphabet="ab .!\u200b", max_size=250), PATTERNS, st.integers(0, 60), st.sampled_from([1, 5, 20, 50]))
def test_looking_at_the_beginning_alone_never_makes_a_comment_long_enough(
    before: str, pattern: str, copies: int, enough: int
) -> None:
    text = before + pattern * copies
    of_the_whole = reader_length(without_filler(text, kept=3))
    assert (length_of_words(text, enough) >= enough) == (of_the_whole >= enough)


@pytest.mark.parametrize("beginning", range(16))
def test_a_sentence_again_and_again_is_too_short_wherever_the_beginning_ends(beginning: int) -> None:
    text = "\u200b" * 100 + "x" * beginning + "Close the road! " * 40
    assert (length_of_words(text, 50) >= 50) == (beginning + 47 >= 50)


def test_what_the_code_points_refuse_is_not_counted() -> None:
    assert length_up_to("\u200b" * 401, 100) == 401
    assert length_up_to("\u200b" * 400, 100) == 0
