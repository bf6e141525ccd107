"""A catalogue whose texts are the English ones, longer by a third, as German ones are, to see what pages do."""

import math
import re

import pytest
from babel.support import Translations
from flask import Flask
from flask_babel import get_babel

from service.console.languages import DOMAIN

NO_WORDS = re.compile(r"(%\(\w+\)s|%%|<[^>]*>)")
WORD = re.compile(r"[^\W\d]{2,}")
LANGUAGE = "de"  # whose catalogue it stands in for


class Lengthened(Translations):
    """Answers what Flask-Babel asks of a catalogue."""

    def ugettext(self, message: str) -> str:
        return longer(message)

    def ungettext(self, singular: str, plural: str, num: int) -> str:
        return longer(singular if num == 1 else plural)

    def upgettext(self, context: str, message: str) -> str:
        return longer(message)


def longer(text: str) -> str:
    """Return `text` with each word longer by a third; placeholders and tags stay as they are."""
    pieces = NO_WORDS.split(text)
    return "".join(piece if number % 2 else WORD.sub(_stretch, piece) for number, piece in enumerate(pieces))


def use(app: Flask, patch: pytest.MonkeyPatch) -> None:
    """Let the console say these to a browser that asks for German."""
    with app.app_context():
        patch.setitem(get_babel().instance.domain_instance.cache, (LANGUAGE, DOMAIN), Lengthened())


def _stretch(word: re.Match[str]) -> str:
    return word[0] + word[0][-math.ceil(len(word[0]) / 3) :]
