"""Find the stretches of a text in another script than Latin, and the language where the script names it."""

from collections.abc import Iterable
from dataclasses import dataclass

import regex

# Scripts of one language, or so nearly that its name serves a moderator. Cyrillic, Arabic, Devanagari and Han are not.
_LANGUAGE_OF = {
    "Armenian": "hy", "Bengali": "bn", "Ethiopic": "am", "Georgian": "ka", "Greek": "el", "Gujarati": "gu",
    "Gurmukhi": "pa", "Hangul": "ko", "Hebrew": "he", "Kannada": "kn",
    "Khmer": "km", "Lao": "lo", "Malayalam": "ml", "Myanmar": "my", "Oriya": "or", "Sinhala": "si", "Tamil": "ta",
    "Telugu": "te", "Thaana": "dv", "Thai": "th", "Tibetan": "bo",
}  # fmt: skip
_SCRIPT = {code: regex.compile(rf"\p{{{name}}}") for name, code in _LANGUAGE_OF.items()}
_SHARED = regex.compile(r"[\p{Cyrillic}\p{Arabic}\p{Devanagari}\p{Han}]")
_OWN = {"ar": r"\p{Arabic}", "ko": r"\p{Hangul}\p{Han}", "ru": r"\p{Cyrillic}", "zh": r"\p{Han}"}


def _stretches(*, beside: str = "") -> regex.Pattern[str]:
    other = rf"[\p{{L}}--[\p{{Latin}}\p{{Common}}\p{{Inherited}}{beside}]]"
    return regex.compile(rf"{other}(?:[^\p{{L}}]*{other})*", regex.V1)


_STRETCH = _stretches()
_BESIDE = {code: _stretches(beside=own) for code, own in _OWN.items()}
_LETTER = regex.compile(r"\p{L}")
_MARK = regex.compile(r"\p{M}")  # vowels, in the scripts of India
# Letters that stand for more than a sound: a sentence takes fewer of them.
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Yi}\p{Ethiopic}]")
DENSITY = 3

UNDETERMINED = "und"  # ISO 639-2: of a script whose language nobody here could name


@dataclass(frozen=True)
class Stretch:
    """Characters `start:end` in one script or language: how many letters they have, and how many they count for.

    `code` is None where several languages share the script; `is_sure` says whether it is more than a guess.
    """

    start: int
    end: int
    letters: int
    weight: int
    code: str | None
    is_sure: bool = True


def foreign_scripts(text: str, /, *, beside: str = "") -> list[Stretch]:
    """Return each stretch in another script than Latin, and than that of the language `beside`, in order."""
    if text.isascii():
        return []
    found: list[Stretch] = []
    for match in _BESIDE.get(beside, _STRETCH).finditer(text):
        letters = len(_LETTER.findall(match[0]))
        weight = letters + len(_MARK.findall(match[0])) + (DENSITY - 1) * len(_DENSE.findall(match[0]))
        found.append(Stretch(match.start(), match.end(), letters, weight, _language(match[0])))
    return found


def blanked(text: str, places: Iterable[tuple[int, int]], /) -> str:
    """Return the text with blanks at `places`, in order."""
    pieces, at = [], 0
    for start, end in places:
        pieces += [text[at:start], " " * (end - max(start, at))]
        at = max(at, end)
    return "".join((*pieces, text[at:]))


def _language(stretch: str) -> str | None:
    if _KANA.search(stretch):  # Japanese begins with Han as well
        return "ja"
    code = next((code for code, script in _SCRIPT.items() if script.match(stretch)), None)
    return code or (None if _SHARED.match(stretch) else UNDETERMINED)


_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
