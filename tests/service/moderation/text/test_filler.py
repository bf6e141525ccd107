"""What only fills a text is shortened, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.text.filler import without_filler


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("." * 100, "." * 8),
        ("Well " + ". " * 100 + "yes", "Well " + ". " * 8 + "yes"),
        ("<br>\n" * 50, "<br>\n" * 8),
        ("a" * 8, "a" * 8),
        ("No repeats here at all.", "No repeats here at all."),
    ],
)
def test_eight_copies_are_left(text: str, left: str) -> None:
    assert without_filler(text, kept=8) == left


@given(st.text(max_size=40))
def test_a_short_text_stays_as_it_is(text: str) -> None:
    assert without_filler(text, kept=40) == text
