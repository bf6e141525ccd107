"""Measure how many toxic comments slip through once their worst words are disguised, by kind of disguise.

What is disguised are the listed words of a comment, as somebody would who was stopped once; a comment without one is
not counted. Deterministic for a seed.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from service.moderation.disguised_words import is_listed

Disguise = Callable[[str, random.Random], str]

_TWINS = str.maketrans("aceiopsxyACEHIKMOPTX", "асеіорѕхуАСЕНІКМОРТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_WORD = re.compile(r"[A-Za-z]{3,}")
_MATHEMATICAL = {**{chr(65 + n): chr(0x1D400 + n) for n in range(26)}, **{chr(97 + n): chr(0x1D41A + n) for n in range(26)}}


def _starred(word: str, rng: random.Random) -> str:
    place = next((place for place in range(1, len(word) - 1) if word[place] in "aeiouAEIOU"), 1)
    return word[:place] + "*" + word[place + 1 :]


def _repeated(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] * rng.randint(3, 5) + word[place + 1 :]


def _cut(word: str, piece: str) -> str:
    return word[: len(word) // 2] + piece + word[len(word) // 2 :]


KINDS: dict[str, Disguise] = {
    "zero_width": lambda word, rng: "\u200b".join(word),
    "bidi_controls": lambda word, rng: _cut(word, "\u2066\u2069"),
    "homoglyphs": lambda word, rng: word.translate(_TWINS),
    "fullwidth": lambda word, rng: "".join(chr(ord(letter) + 0xFEE0) for letter in word),
    "mathematical": lambda word, rng: "".join(_MATHEMATICAL[letter] for letter in word),
    "combining_marks": lambda word, rng: "\u0336".join(word) + "\u0336",
    "accents": lambda word, rng: word.translate(str.maketrans("aeiouAEIOU", "äëïöüÄËÏÖÜ")),
    "leetspeak": lambda word, rng: word.translate(_LEET),
    "spaced_out": lambda word, rng: " ".join(word),
    "punctuated": lambda word, rng: rng.choice(".-_*").join(word),
    "starred": _starred,
    "repeated_letters": _repeated,
    "split_by_emoji": lambda word, rng: _cut(word, rng.choice("😂🔥❤")),
    "split_by_markup": lambda word, rng: _cut(word, rng.choice(("<b></b>", "**", "&shy;"))),
}


@dataclass(frozen=True, kw_only=True)
class EvasionRate:
    """Of `caught` comments that reach the threshold as written, `evaded` no longer do once disguised."""

    caught: int
    evaded: int

    @property
    def rate(self) -> float:
        return self.evaded / self.caught if self.caught else 0.0


def disguise(text: str, kind: str, rng: random.Random) -> str:
    """Return `text` with every listed word disguised in one way; unchanged where there is none."""
    change = KINDS[kind]
    return _WORD.sub(lambda match: change(match[0], rng) if is_listed(match[0]) else match[0], text)


def evasion_rates(
    score: Callable[[str], float], texts: Iterable[str], *, threshold: float, seed: int = 0
) -> dict[str, EvasionRate]:
    """Return the evasion rate of each kind over those of `texts` that have a listed word and reach `threshold`."""
    caught = [
        text
        for text in texts
        if any(is_listed(match[0]) for match in _WORD.finditer(text)) and score(text) >= threshold
    ]
    rates: dict[str, EvasionRate] = {}
    for kind in KINDS:
        rng = random.Random(seed)  # noqa: S311 - which disguise, not a secret
        evaded = sum(score(disguise(text, kind, rng)) < threshold for text in caught)
        rates[kind] = EvasionRate(caught=len(caught), evaded=evaded)
    return rates
