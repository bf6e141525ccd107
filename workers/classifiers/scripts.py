"""Find the stretches of a text in another script than Latin, and the language where the script names it."""

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
_OTHER = r"[\p{L}--[\p{Latin}\p{Common}\p{Inherited}]]"
_STRETCH = regex.compile(rf"{_OTHER}(?:[^\p{{L}}]*{_OTHER})*", regex.V1)
_LETTER = regex.compile(r"\p{L}")
_MARK = regex.compile(r"\p{M}")  # vowels, in the scripts of India
# Letters that stand for more than a sound: a sentence takes fewer of them.
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Yi}\p{Ethiopic}]")
DENSITY = 3

UNDETERMINED = "und"  # ISO 639-2: of a script whose language nobody here could name


@dataclass(frozen=True)
class Stretch:
    """Characters `start:end` in one script or language: how many letters they have, and how many they count for.

    `code` is None where several languages share the script.
    """

    start: int
    end: int
    letters: int
    weight: int
    code: str | None


def foreign_scripts(text: str, /) -> list[Stretch]:
    """Return each stretch in another script than Latin, in order."""
    if text.isascii():
        return []
    found: list[Stretch] = []
    for match in _STRETCH.finditer(text):
        letters = len(_LETTER.findall(match[0]))
        weight = letters + len(_MARK.findall(match[0])) + (DENSITY - 1) * len(_DENSE.findall(match[0]))
        found.append(Stretch(match.start(), match.end(), letters, weight, _language(match[0])))
    return found


def _language(stretch: str) -> str | None:
    if _KANA.search(stretch):  # Japanese begins with Han as well
        return "ja"
    code = next((code for code, script in _SCRIPT.items() if script.match(stretch)), None)
    return code or (None if _SHARED.match(stretch) else UNDETERMINED)


_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
