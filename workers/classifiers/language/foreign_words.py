"""Find rows of words that are not English, by what each word speaks for. No detector knows every language; English has
words that every sentence of it needs, and a row without them is not English, whatever else it is.
"""

import re
from collections.abc import Container, Iterator

import regex

from workers.classifiers.relevance.words import FUNCTION_WORDS, stem

# With an apostrophe only as English has it: "Du'bist'ein'Schwein" is four words.
_WORD = re.compile(r"[^\W\d_]+(?:['’](?:[stdm]|re|ve|ll)(?![^\W\d_]))?")
_HUMP = regex.compile(r"\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})")
HUMP = 3  # letters that the words of "DuBistEinSchwein" have on average, and the fragments of "sTuPiD" have not
# What a word adds to the evidence that its row is foreign; measured on 16,000 English comments and on rows in eight
# other languages (tests/workers/classifiers/language/test_detector.py has a sentence of each kind).
NEEDED, SHORT_NEEDED, COMMON, RARE, NAME, UNKNOWN = -2.0, -0.7, -1.0, 0.3, 0.5, 1.0
SUSPECT = 2.0  # evidence from which a detector is asked: two words that are not English
CERTAIN = 5.0  # and from which its silence is no excuse
FALL = 4.0  # evidence lost after which a row has ended

Place = tuple[int, int]


def foreign_rows(text: str, vocabulary: Container[str], /) -> list[tuple[Place, int, bool]]:
    """Return the rows of words with more than SUSPECT evidence, each with its letters and whether it is CERTAIN.

    `vocabulary` holds stems that are common in English. Linear: the best row that ends at each word, kept going.
    """
    rows: list[tuple[Place, int, bool]] = []
    evidence = best = 0.0
    start = end = letters = best_letters = 0
    for word, begins, ends in words_of(text):
        if evidence <= 0:
            evidence, best, letters, start = 0.0, 0.0, 0, begins
        evidence += _weight(word, vocabulary)
        letters += len(word)
        if evidence > best:
            best, end, best_letters = evidence, ends, letters
        elif evidence <= max(0.0, best - FALL):
            if best >= SUSPECT:
                rows.append(((start, end), best_letters, best >= CERTAIN))
            evidence = best = 0.0
    if best >= SUSPECT:
        rows.append(((start, end), best_letters, best >= CERTAIN))
    return rows


def words_of(text: str, /, *, hump: int = HUMP) -> Iterator[tuple[str, int, int]]:
    """Yield the words in Latin letters with their places; those of "DuBistEinSchwein" one by one, in small letters."""
    for match in _WORD.finditer(text):
        word = match[0]
        if word[0] > "\u024f":  # of another script
            continue
        humps = [] if word[1:].islower() or word.isupper() else list(_HUMP.finditer(word))
        if len(humps) > 1 and len(word) >= hump * len(humps):
            for part in humps:
                yield part[0].lower(), match.start() + part.start(), match.start() + part.end()
        else:
            yield word, *match.span()


def _weight(word: str, vocabulary: Container[str]) -> float:
    lower = word.lower().replace("’", "'")
    if lower in FUNCTION_WORDS:
        return NEEDED if len(lower) > 3 else SHORT_NEEDED
    if stem(lower) in vocabulary:
        return COMMON if len(lower) > 3 else RARE
    return UNKNOWN if word.islower() else NAME
