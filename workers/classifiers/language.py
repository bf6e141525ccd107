"""Say which language a comment is written in, or abstain.

Comments are short, and a detector is sure of itself on "lol smh": it may contradict what the sender declared or the
site's default only with strong evidence, otherwise ordinary comments would be held as foreign.
"""

import ctypes
import re
from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Those that news sites publish in, with the neighbours they are confused with. Fewer candidates make fewer surprises.
CANDIDATES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tl", "tr",
    "uk", "ur", "vi", "zh",
)  # fmt: skip
FEWEST_LETTERS = 20  # of a Latin text; other scripts say more by themselves
FEWEST_FOREIGN_LETTERS = 6
SURE_ENOUGH = 0.60  # to confirm, or to choose where nothing was declared
SURE_AGAINST_PRIOR = 0.85  # to contradict the declared or the default language; 0.05 % of 18,600 English comments are
MOST_CHARACTERS = 400  # more make it slower, not surer

# Words that only English has. A text with enough of them needs no detector, which costs half a millisecond.
_ENGLISH_WORDS = """
    the and that this with have are you they what from would there their your which about because been were should
    people who how when don't it's think just not but for will all can has our them than then more like get know good
    where why doesn't isn't i'm you're that's these those could being only make even does did had any other into very
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())

_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|&\w+;|<[^<>]{1,80}>")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Language:
    """The ISO 639-1 code used (None: nothing known) and whether it was read from the text."""

    code: str | None
    detected: bool


class LanguageDetector:
    """py3langid restricted to CANDIDATES, with abstention."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(CANDIDATES)
        self._identifier._full_model = None  # the languages left out, which are not asked for again
        give_back_memory()

    def decide(self, text: str, *, declared: str | None, default: str | None) -> Language:
        """Return the language of `text`; `declared` and `default` may carry a region or script ("pt-BR")."""
        prior = primary(declared) or primary(default)
        prose = _NOT_PROSE.sub(" ", text)
        if _is_plainly_english(prose):
            return Language("en", detected=True)
        if not _has_enough_letters(prose):
            return Language(prior, detected=False)
        code, probability = self._identifier.classify(prose[:MOST_CHARACTERS])
        needed = SURE_ENOUGH if prior is None or code == prior else SURE_AGAINST_PRIOR
        if probability < needed:
            return Language(prior, detected=False)
        return Language(str(code), detected=True)


def give_back_memory() -> None:
    """Return freed memory to the system where the C library can: unpacking the table takes 50 MB for a moment."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):  # not glibc
        return


def _is_plainly_english(text: str) -> bool:
    if not text.isascii() and sum(map(str.isascii, text)) < 0.9 * len(text):
        return False
    words = text[:MOST_CHARACTERS].lower().replace("’", "'").split()
    found = sum(word in _ENGLISH for word in words)
    return found >= 3 and found >= 0.15 * len(words) and sum(map(len, words)) >= FEWEST_LETTERS


def _has_enough_letters(text: str) -> bool:
    letters = _LETTER.findall(text[:MOST_CHARACTERS])
    if len(letters) >= FEWEST_LETTERS:
        return True
    foreign = sum(letter > "\u036f" for letter in letters)
    return bool(foreign >= FEWEST_FOREIGN_LETTERS and foreign >= 0.7 * len(letters))


def primary(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag in lower case ("hi-Latn" is "hi"), None for none."""
    return tag.replace("_", "-").split("-")[0].strip().lower() or None if tag else None
