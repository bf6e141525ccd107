"""The language is read from the text where it is plain, and taken on trust where it is not."""

import pytest

from workers.classifiers.language.detector import Language, LanguageDetector, primary

DETECTOR = LanguageDetector()


def decide(text: str, declared: str | None = None, default: str | None = "en") -> Language:
    return DETECTOR.decide(text, declared=declared, default=default)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The council should have repaired this road long before the winter.", "en"),
        ("Das ist eine sehr gute Idee, vielen Dank für den Artikel!", "de"),
        ("C'est vraiment n'importe quoi, cet article est nul", "fr"),
        ("Esto es una vergüenza para todo el país", "es"),
        ("Che vergogna, questo governo deve andarsene", "it"),
        ("Que vergonha para o Brasil inteiro", "pt"),
        ("Bu haber tamamen yalan, kimse inanmasın", "tr"),
        ("Ты идиот и дурак полный", "ru"),
        ("これは本当に素晴らしい記事だと思います", "ja"),
        ("هذا مقال رائع جدا وشكرا لكم", "ar"),
    ],
)
def test_a_plain_text_is_read_whatever_the_default(text: str, code: str) -> None:
    assert decide(text) == Language(code, detected=True)
    assert decide(text, declared="sv") == Language(code, detected=True)


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "lol smh",
        "Na na nanana hey",
        "👍👍👍",
        "",
        "1234567890 1234567890 12345",
        "https://beispiel.de/das-ist-deutsch",
    ],
)
def test_a_short_or_strange_text_is_what_was_declared_then_what_the_site_says(text: str) -> None:
    assert decide(text) == Language("en", detected=False)
    assert decide(text, declared="de-AT") == Language("de", detected=False)
    assert decide(text, default=None) == Language(None, detected=False)


@pytest.mark.parametrize(
    "text",
    [
        "Lmaooooo bruh whatttt noooo wayyyy",
        "Trump Biden Obama Clinton Bush Reagan Carter Nixon",
        "Good move, hope it lasts",
        "LOL typical libtard nonsense, MAGA 2024 baby!!!",
        "Schwarzenegger's latest blockbuster: meh",
        "ya'll gonna regret votin fer them clowns",
        "This reminds me of 'Schadenfreude', as the Germans say: c'est la vie!",
    ],
)
def test_english_as_readers_write_it_is_not_taken_for_another_language(text: str) -> None:
    assert decide(text).code == "en"


@pytest.mark.parametrize(("tag", "code"), [("pt-BR", "pt"), ("hi_Latn", "hi"), ("EN", "en"), ("", None), (None, None)])
def test_a_tag_is_cut_down_to_its_language(tag: str | None, code: str | None) -> None:
    assert primary(tag) == code
