"""Measure how many toxic comments slip through once their worst words are disguised, by kind of disguise.

What is disguised are the two words without which a comment scores least, which a commenter finds by trying: those
they are is asked of the classifier, not of any word list. Deterministic for a seed.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Disguise = Callable[[str, random.Random], str]
Score = Callable[[str], float]
Place = tuple[int, int]

MOST_WORDS = 40

_TWINS = str.maketrans("aceiopsxyACEHIKMOPTX", "асеіорѕхуАСЕНІКМОРТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_WORD = re.compile(r"[A-Za-z]{3,}")
_MATHEMATICAL = {
    chr(first + number): chr(bold + number) for first, bold in ((65, 0x1D400), (97, 0x1D41A)) for number in range(26)
}


def _starred(word: str, _: random.Random) -> str:
    place = next((place for place in range(1, len(word) - 1) if word[place] in "aeiouAEIOU"), 1)
    return word[:place] + "*" + word[place + 1 :]


def _repeated(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] * rng.randint(3, 5) + word[place + 1 :]


def _cut(word: str, piece: str) -> str:
    return word[: len(word) // 2] + piece + word[len(word) // 2 :]


KINDS: dict[str, Disguise] = {
    "zero_width": lambda word, _: "\u200b".join(word),
    "bidi_controls": lambda word, _: _cut(word, "\u2066\u2069"),
    "homoglyphs": lambda word, _: word.translate(_TWINS),
    "fullwidth": lambda word, _: "".join(chr(ord(letter) + 0xFEE0) for letter in word),
    "mathematical": lambda word, _: "".join(_MATHEMATICAL[letter] for letter in word),
    "combining_marks": lambda word, _: "\u0336".join(word) + "\u0336",
    "accents": lambda word, _: word.translate(str.maketrans("aeiouAEIOU", "äëïöüÄËÏÖÜ")),
    "leetspeak": lambda word, _: word.translate(_LEET),
    "spaced_out": lambda word, _: " ".join(word),
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


def disguise(text: str, kind: str, rng: random.Random, places: Iterable[Place]) -> str:
    """Return `text` with the words at `places` (in order) disguised in one way."""
    pieces: list[str] = []
    position = 0
    for start, end in places:
        pieces += (text[position:start], KINDS[kind](text[start:end], rng))
        position = end
    return "".join((*pieces, text[position:]))


def driving_words(text: str, score: Score) -> list[Place]:
    """Return, in order, the two words of three letters and more whose absence lowers the score most."""
    words = [match.span() for match in _WORD.finditer(text)][:MOST_WORDS]
    return sorted(sorted(words, key=lambda place: score(text[: place[0]] + text[place[1] :]))[:2])


def evasion_rates(score: Score, texts: Iterable[str], *, threshold: float, seed: int = 0) -> dict[str, EvasionRate]:
    """Return the evasion rate of each kind over those of `texts` that reach `threshold` as written."""
    caught = [(text, driving_words(text, score)) for text in texts if score(text) >= threshold]
    rates: dict[str, EvasionRate] = {}
    for kind in KINDS:
        rng = random.Random(seed)  # noqa: S311 - which disguise, not a secret
        evaded = sum(score(disguise(text, kind, rng, places)) < threshold for text, places in caught)
        rates[kind] = EvasionRate(caught=len(caught), evaded=evaded)
    return rates
