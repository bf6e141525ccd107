"""The console's catalogues: what is in them, and that `make translations` would change nothing in them."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from service.console.languages import ENGLISH, TRANSLATIONS, offered
from tests.support.catalogues import bring_in_line, catalogue

PLACEHOLDERS = re.compile(r"%\(\w+\)s|%%")
TAGS = re.compile(r"<[^>]*>")
LANGUAGES = [language for language in offered() if language != ENGLISH]


def test_english_german_french_and_spanish_ship() -> None:
    assert offered() == ("en", "de", "es", "fr")


def test_the_catalogues_are_in_line_with_the_texts_and_compiled(tmp_path: Path) -> None:
    again = tmp_path / "translations"
    shutil.copytree(TRANSLATIONS, again)
    bring_in_line(again)
    assert {str(path) for path in _files(TRANSLATIONS)} == {str(path) for path in _files(again)}
    stale = [str(path) for path in _files(again) if (again / path).read_bytes() != (TRANSLATIONS / path).read_bytes()]
    assert stale == [], "run `make translations`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_and_tags_of_the_english_text(language: str) -> None:
    """A message is put into pages as HTML: one with tags or quotes of its own could break out of its place."""
    wrong = [
        (one, translated)
        for message in _messages(language)
        for number, (one, translated) in enumerate(_pairs(message))
        if translated and not _is_safe(one, translated, singular=number == 0 and not isinstance(message.id, str))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess(language: str) -> None:
    assert [message.id for message in _messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    messages = _messages(language)
    translated = [message for message in messages if all(text for _, text in _pairs(message))]
    assert len(translated) / len(messages) == 1.0


def _files(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]


def _messages(language: str) -> list[Message]:
    with catalogue(language).open("rb") as file:
        found: Catalog = read_po(file)
    return [message for message in found if message.id]


def _pairs(message: Message) -> list[tuple[str, str]]:
    """Return each form's English text and its translation; all forms but the first are of the English plural."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    one, many = message.id
    return [(one if number == 0 else many, text) for number, text in enumerate(message.string)]


def _is_safe(one: str, translated: str, /, *, singular: bool) -> bool:
    """Whether the translation has the same tags, the same placeholders (one thing need not be counted: "the last day"),
    and no sign that opens or ends something where the English text has none."""
    missing = _of(PLACEHOLDERS, one) - _of(PLACEHOLDERS, translated)
    added = _of(PLACEHOLDERS, translated) - _of(PLACEHOLDERS, one)
    bare, was_bare = TAGS.sub("", translated), TAGS.sub("", one)
    return (
        not added
        and set(missing) <= ({"%(num)s"} if singular else set())
        and _of(TAGS, one) == _of(TAGS, translated)
        and all(sign in was_bare for sign in '"<' if sign in bare)
    )


def _of(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(pattern.findall(text))
