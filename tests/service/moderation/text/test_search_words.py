"""What two spellings of a word have in common for the search."""

import pytest

from service.moderation.text.search_words import LONGEST, words_of


@pytest.mark.parametrize(
    ("written", "looked_for"),
    [
        ("Café NAÏVE", "cafe naive"),
        ("Straße", "STRASSE"),
        ("Ελλάδα", "ΕΛΛΑΔΑ"),
        ("Ёлка", "елка"),
        ("Łódź Ørsted", "lodz orsted"),
        ("İstanbul", "istanbul"),
        ("ｆｕｌｌ ﬁne", "full fine"),
        ("ver\u00adein", "verein"),
        ("كَتَبَ", "كتب"),
        ("Cafe\u0301", "café"),
    ],
)
def test_case_accents_and_compatible_forms_do_not_count(written: str, looked_for: str) -> None:
    assert words_of(written) == words_of(looked_for)


def test_words_are_what_stands_between_other_characters_each_once() -> None:
    assert words_of("The bridge, the BRIDGE: it's 12,5 m_long!", None, "the end") == [
        "the", "bridge", "it", "s", "12", "5", "m", "long", "end",
    ]  # fmt: skip


def test_scripts_without_spaces_are_found_by_any_part() -> None:
    sentence = set(words_of("市議会は東京都の橋を閉鎖した。"))
    for part in ("東京都の橋", "閉鎖"):
        assert all(any(word.startswith(wanted) for word in sentence) for wanted in words_of(part)), part
    assert "大阪" not in sentence


def test_a_word_counts_up_to_its_fortieth_character() -> None:
    assert words_of("x" * 500) == ["x" * LONGEST]
