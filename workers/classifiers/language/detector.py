"""Say which language a comment is written in, and which stretches of it no classifier can read.

Comments are short, and a detector is sure of itself on "lol smh": it may contradict what the sender declared or the
site's default only with strong evidence, otherwise ordinary comments would be held as foreign. But to know nothing is
not to know that it is English: a script or a row of words that no known language has is unreadable, wherever it stands.
"""

import ctypes
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from workers.classifiers.language.familiar import (
    SMALL_WORDS,
    english_sentences,
    is_familiar,
    is_marked,
    only_latin,
    rows_without_small_words,
    unfamiliar_sentences,
    unmarked_sentences,
)
from workers.classifiers.language.foreign_words import foreign_rows
from workers.classifiers.language.markup import without_markup
from workers.classifiers.language.scattered_words import Scattered
from workers.classifiers.language.scripts import UNDETERMINED, Stretch, blanked, foreign_scripts

# Those that news sites publish in, with the neighbours they are confused with. Fewer candidates make fewer surprises.
CANDIDATES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tl", "tr",
    "uk", "ur", "vi", "zh",
)  # fmt: skip
FEWEST_LETTERS = 20  # that a detector makes something of
SURE_ENOUGH = 0.60  # to confirm, to choose where nothing was declared, or to name a row of words that looks foreign
SURE_AGAINST_PRIOR = 0.85  # to contradict the declared or the default language; 0.05 % of 18,600 English comments are
MOST_CHARACTERS = 400  # more make it slower, not surer
# Letters that can hide an insult: in a row, and in all. Of 17,172 English comments, limits of 16 and 24 would hold one
# less, since hardly any has a word in another script.
LONG_STRETCH, LONG_TOGETHER = 6, 10
LONG_ROW, WORDS = 12, 3  # letters or words of a row in Latin letters: English has shorter ones, such as "crème brûlée"
ALL_BUT = 0.8  # share of the letters from which on a text of any length is unreadable
MOST_ROWS = 20  # of foreign words that a detector is asked about; the others are unreadable without it

# Words that only English has. A text with enough of them needs no detector, which costs half a millisecond.
_ENGLISH_WORDS = """
    the and that this with have are you they what from would there their your which about because been were should
    people who how when don't it's think just not but for will all can has our them than then more like get know good
    where why doesn't isn't i'm you're that's these those could being only make even does did had any other into very
"""
ENGLISH = frozenset(_ENGLISH_WORDS.split())

_LETTER = re.compile(r"[^\W\d_]")

Place = tuple[int, int]


@dataclass(frozen=True)
class Language:
    """The ISO 639-1 code used (None: nothing known) and whether it was read from the text.

    `is_known` says whether a classifier knows it; `unreadable` holds the stretches of the text (code points, in order)
    that none can read and that are long enough to hide a sentence, `others` those that only another classifier than
    the text's can read, each with its language.
    """

    code: str | None
    detected: bool
    is_known: bool = True
    unreadable: tuple[Place, ...] = ()
    others: tuple[tuple[Place, str], ...] = ()


class LanguageDetector:
    """py3langid restricted to CANDIDATES, with abstention."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(CANDIDATES)
        self._identifier._full_model = None  # the languages left out, which are not asked for again
        give_back_memory()

    def decide(
        self,
        text: str,
        *,
        declared: str | None,
        default: str | None,
        known: Container[str] = CANDIDATES,
        others: Container[str] = (),
        vocabulary: Container[str] = (),
    ) -> Language:
        """Return the language of `text`; `declared` and `default` may carry a region or script ("pt-BR").

        `known` are the languages that the first classifier knows, `others` those that only another one does and that
        `familiar` can check; `vocabulary` holds common English words in lower case: rows of words that are not among
        them are foreign. Without a vocabulary none are looked for.
        """
        prior = primary(declared) or primary(default)
        prose = without_markup(text)
        scripts = [self._named(prose, stretch) for stretch in foreign_scripts(prose)]
        main = self._main(prose, prior, scripts)
        if main.code is not None and main.code not in known and main.code in others:
            scripts = [self._named(prose, stretch) for stretch in foreign_scripts(prose, beside=main.code)]
            own = blanked(prose, ((one.start, one.end) for one in scripts))
            if not is_familiar(_beginning(own), main.code, is_sure=main.detected):
                return Language(None, main.detected, is_known=False)
            rows: Iterable[Stretch] = self._among(own, main.code, vocabulary)
            foreign = [one for one in (*scripts, *rows) if not _is_readable(prose, one, known, others, main.code)]
        else:
            rows = self._rows(prose, vocabulary) if main.code in (None, "en") else ()
            foreign = [one for one in (*scripts, *rows) if one.code not in known]
            main = replace(main, is_known=main.code is None or main.code in known)
        found = _combined(prose, main, foreign, others=others)
        found = self._with_scattered(found, text, known, vocabulary)
        if found.code is None or found.code in known or not found.is_known or found.unreadable:
            return found
        # The first classifier reads the English sentences of a text in another language better than the other one.
        english = english_sentences(prose, found.code) if "en" in known else ()
        return replace(found, others=(*found.others, *((place, "en") for place in english)))

    def _rows(self, prose: str, vocabulary: Container[str]) -> Iterator[Stretch]:
        """Yield the rows of words in Latin letters that are not English."""
        prose = only_latin(prose)  # else a row that goes on in Russian would be Russian
        for number, (place, letters, is_certain) in enumerate(foreign_rows(prose, vocabulary)):
            code, probability = self._asked(prose, *place) if number < MOST_ROWS else (None, 0.0)
            code = code if probability >= SURE_ENOUGH else None
            is_sure = probability >= SURE_AGAINST_PRIOR and letters >= FEWEST_LETTERS
            if is_sure and code in SMALL_WORDS:  # and not only the longer part of the row is in that language
                is_sure = not any(True for _ in self._among(prose[slice(*place)], code, vocabulary))
            is_long = letters >= LONG_ROW or len(prose[slice(*place)].split()) >= WORDS
            if is_long and (is_certain or code is not None):
                yield Stretch(*place, letters, letters, code, is_sure)

    def _among(self, prose: str, main: str, vocabulary: Container[str]) -> Iterator[Stretch]:
        """Yield the sentences and the rows of words in Latin letters that are not in the language `main`."""
        for start, end in unfamiliar_sentences(prose, main):
            letters = len(_LETTER.findall(prose[start:end]))
            yield Stretch(start, end, letters, letters, None, is_sure=False)
        if main not in SMALL_WORDS:
            for number, place in enumerate(unmarked_sentences(prose, main)):
                code, probability = self._asked(prose, *place) if number < MOST_ROWS else (None, 1.0)
                if code != main and probability >= SURE_ENOUGH:
                    letters = len(_LETTER.findall(prose[slice(*place)]))
                    yield Stretch(*place, letters, letters, code, is_sure=False)
            yield from self._rows(prose, vocabulary)
            return
        for number, place in enumerate(rows_without_small_words(prose, main)):
            letters = len(_LETTER.findall(prose[slice(*place)]))
            code, probability = self._asked(prose, *place) if number < MOST_ROWS else (None, 0.0)
            is_own = code in (main, "en") and probability >= SURE_ENOUGH
            if letters >= FEWEST_LETTERS and not is_own:
                yield Stretch(*place, letters, letters, code, is_sure=probability >= SURE_AGAINST_PRIOR)

    def _named(self, prose: str, stretch: Stretch) -> Stretch:
        if stretch.code is not None:
            return stretch
        code, probability = self._asked(prose, stretch.start, stretch.end)
        is_marked_so = code is not None and is_marked(prose[stretch.start : stretch.end], code)
        needed = SURE_ENOUGH if is_marked_so else SURE_AGAINST_PRIOR
        return replace(stretch, code=code if probability >= needed else None)

    def _main(self, prose: str, prior: str | None, scripts: list[Stretch]) -> Language:
        beginning = _beginning(prose)
        if _is_plainly_english(beginning):
            return Language("en", detected=True)
        if scripts and sum(stretch.letters for stretch in scripts) * 2 > len(_LETTER.findall(prose)):
            code = max(scripts, key=lambda stretch: stretch.letters).code
            return Language(code, detected=True) if code else Language(prior, detected=False)
        if len(_LETTER.findall(beginning)) < FEWEST_LETTERS:
            return Language(prior, detected=False)
        code, probability = self._identifier.classify(beginning)
        needed = SURE_ENOUGH if prior is None or code == prior else SURE_AGAINST_PRIOR
        if probability < needed:
            return Language(prior, detected=False)
        return Language(str(code), detected=True)

    def _with_scattered(
        self, found: Language, text: str, known: Container[str], vocabulary: Container[str]
    ) -> Language:
        """Add the words of a sentence that is scattered over the text, or over what of it is no prose.

        In a language that another classifier knows they are unreadable as well: it would take them from the first one,
        which may know one of them.
        """
        if not vocabulary or not found.is_known or found.unreadable:
            return found
        rest = blanked(text, (place for place, _ in found.others))
        code, places = Scattered(vocabulary, self._surely, own=found.code).sentence(rest)
        return found if code in ("", found.code) or code in known else replace(found, unreadable=tuple(places))

    def _surely(self, words: str) -> str | None:
        code, probability = self._asked(words, 0, len(words))
        return code if probability >= SURE_ENOUGH else None

    def _asked(self, prose: str, start: int, end: int) -> tuple[str | None, float]:
        code, probability = self._identifier.classify(" ".join(prose[start:end][:MOST_CHARACTERS].split()))
        return str(code), float(probability)


def _beginning(prose: str) -> str:
    return " ".join(prose[: 4 * MOST_CHARACTERS].split())[:MOST_CHARACTERS]


def _is_readable(prose: str, stretch: Stretch, known: Container[str], others: Container[str], main: str) -> bool:
    """Whether the classifier of a text in the language `main` can read a stretch of it."""
    if stretch.code in known and stretch.is_sure:
        return True
    if stretch.code not in (None, main):
        return False
    # A few words of a script that languages share have the language of the text around them.
    return _is_checked(prose, replace(stretch, code=main), others)


def _is_checked(prose: str, stretch: Stretch, others: Container[str]) -> bool:
    if stretch.code is None or stretch.code not in others or not stretch.is_sure:
        return False
    text = prose[stretch.start : stretch.end]
    is_latin = stretch.code in SMALL_WORDS
    return is_familiar(text, stretch.code) and (
        is_latin or not any(True for _ in unfamiliar_sentences(text, stretch.code))
    )


def _combined(prose: str, main: Language, foreign: list[Stretch], *, others: Container[str]) -> Language:
    """Return the language of the whole; where most letters are foreign, the longest foreign stretch's."""
    if not foreign:
        return main
    share = sum(stretch.letters for stretch in foreign) / max(1, len(_LETTER.findall(prose)))
    weights = [stretch.weight for stretch in foreign]
    can_hide = max(weights) >= LONG_STRETCH or sum(weights) >= LONG_TOGETHER
    if share > ALL_BUT or (share > 0.5 and can_hide):
        longest = max(foreign, key=lambda stretch: stretch.letters)
        if not _is_checked(prose, longest, others):
            nameless = longest.code == UNDETERMINED or longest.code in others
            return Language(None if nameless else longest.code, detected=True, is_known=False)
        main = Language(longest.code, detected=True)
        foreign = [stretch for stretch in foreign if not _is_checked(prose, stretch, others)]
        can_hide = bool(foreign)
    if not (main.is_known and can_hide):
        return main
    places = [(one.start, one.end, one) for one in sorted(foreign, key=lambda stretch: stretch.start)]
    return replace(
        main,
        unreadable=tuple((start, end) for start, end, one in places if not _is_checked(prose, one, others)),
        others=tuple(((start, end), str(one.code)) for start, end, one in places if _is_checked(prose, one, others)),
    )


def give_back_memory() -> None:
    """Return freed memory to the system where the C library can: unpacking the table takes 50 MB for a moment."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):  # not glibc
        return


def _is_plainly_english(text: str) -> bool:
    if not text.isascii() and sum(map(str.isascii, text)) < 0.9 * len(text):
        return False
    words = text.lower().replace("’", "'").split()
    found = sum(word in ENGLISH for word in words)
    return found >= 3 and found >= 0.15 * len(words) and sum(map(len, words)) >= FEWEST_LETTERS


def primary(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag in lower case ("hi-Latn" is "hi"), None for none."""
    return tag.replace("_", "-").split("-")[0].strip().lower() or None if tag else None
