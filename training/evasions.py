"""Rewrites a text to hide a word from a filter; used to augment training and to measure evasion.

Both toxic and clean texts are disguised in training: a strange spelling alone must not make a comment toxic.
"""

import random
import re
from collections.abc import Callable

HOMOGLYPHS = dict(zip("aceiopsxy", "асеіорѕху", strict=True))
LEET = dict(zip("aeiostl", ("4", "3", "1", "0", "$", "7", "1"), strict=True))
WORD = re.compile(r"[A-Za-z]{4,}")


def zero_width(word: str, _: random.Random) -> str:
    return "\u200b".join(word)


def homoglyph(word: str, _: random.Random) -> str:
    return "".join(HOMOGLYPHS.get(character, character) for character in word)


def fullwidth(word: str, _: random.Random) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in word)


def mathematical(word: str, _: random.Random) -> str:
    return "".join(chr(0x1D41A + ord(character) - ord("a")) for character in word.lower())


def leet(word: str, _: random.Random) -> str:
    return "".join(LEET.get(character.lower(), character) for character in word)


def spaced(word: str, _: random.Random) -> str:
    return " ".join(word)


def punctuated(word: str, rng: random.Random) -> str:
    return rng.choice(".-*_").join(word)


def repeated(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word))
    return word[:place] + word[place] * rng.randint(2, 4) + word[place:]


def starred(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + rng.choice("*#@") + word[place + 1 :]


def emoji(word: str, rng: random.Random) -> str:
    middle = len(word) // 2
    return word[:middle] + rng.choice(("\U0001f602", "\U0001f525", "\u2764")) + word[middle:]


def swapped(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


_ALL = (zero_width, homoglyph, fullwidth, mathematical, leet, spaced, punctuated, repeated, starred, emoji, swapped)
KINDS: dict[str, Callable[[str, random.Random], str]] = {kind.__name__: kind for kind in _ALL}


def disguise(text: str, rng: random.Random, *, kind: str | None = None, every: bool = False) -> str:
    """Return `text` with one to three of its words (or every word) of four letters and more disguised."""
    change = KINDS[kind or rng.choice(sorted(KINDS))]
    found = list(WORD.finditer(text))
    if not every:
        found = sorted(rng.sample(found, min(len(found), rng.randint(1, 3))), key=lambda match: match.start())
    for match in reversed(found):
        text = text[: match.start()] + change(match[0], rng) + text[match.end() :]
    return text
