"""The words of a text as the search keeps and looks for them: folded, each once. Pure, and linear in the text's length.

Letter case, accents and compatible forms do not count. Scripts that write no spaces between words are cut into pairs
of neighbouring characters, so that a search finds any part of a sentence.
"""

import unicodedata
from collections.abc import Iterator

import regex

from service.moderation.text.folding import MOST_MARKS

LONGEST = 40  # characters of a word that count
_PILED = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")  # sorting thousands of marks takes quadratic time
_ACCENTS = regex.compile(r"[\p{Mn}\p{Cf}]+")  # and soft hyphens, joiners and marks of direction
_WORD = regex.compile(r"[\p{L}\p{N}\p{Mc}]+")
_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_UNSPACED = regex.compile(rf"(?P<unspaced>[{_SCRIPTS}]+)|[^{_SCRIPTS}]+")
# Letters with a stroke, which Unicode does not take apart.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})


def words_of(*texts: str | None) -> list[str]:
    """Return the distinct words of these texts in the order in which they come."""
    return list(dict.fromkeys(word for text in texts if text for word in _words(text)))


def _words(text: str) -> Iterator[str]:
    if text.isascii():
        folded = text.lower()
    else:
        bare = _PILED.sub(r"\1", text)
        apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", bare).casefold())
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).translate(_STROKES)
    for word in _WORD.findall(folded):
        if word.isascii():
            yield word[:LONGEST]
            continue
        for part in _UNSPACED.finditer(word):
            run = part["unspaced"]
            if run is None:
                yield part[0][:LONGEST]
            else:
                yield from (run[at : at + 2] for at in range(len(run)))
