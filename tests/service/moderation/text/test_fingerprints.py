"""Fingerprints ignore case, punctuation and spacing, and a changed word moves few bits."""

from hypothesis import given
from hypothesis import strategies as st

from service.moderation.text.fingerprints import digest, distance, simhash

TEXT = "The trial on the market street should run for a whole year before anybody votes on what comes after it."


def test_case_punctuation_and_spacing_do_not_change_a_digest() -> None:
    assert digest("Hello,  World!") == digest("hello world")
    assert digest("Hello, World!") != digest("Hello, Word!")


def test_texts_without_words_are_told_apart() -> None:
    assert digest("🙂🙂") != digest("🙃🙃")


def test_a_changed_word_moves_few_bits_and_another_text_moves_about_half() -> None:
    assert distance(simhash(TEXT), simhash(TEXT.replace("year", "decade"))) <= 14
    assert distance(simhash(TEXT), simhash("Nobody asked the shop owners, and they will pay for all of this.")) > 20


@given(st.text(max_size=300))
def test_every_text_has_a_fingerprint_that_a_bigint_column_holds(text: str) -> None:
    assert -(1 << 63) <= simhash(text) < 1 << 63
    assert distance(simhash(text), simhash(text)) == 0
