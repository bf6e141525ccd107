"""Counts a comment's characters as Moderato and the form do, so that all three give a reader the same number.

A CMS may leave this out: Moderato then rejects what is too short, and its callback says so.
"""

import re

import regex

_LINE_BREAK = re.compile(r"\r\n|[\r\v\f\x85]")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}--[\n\t]]", regex.V1)
_WHITE = re.compile(r"[\s\ufeff\u115f\u1160\u2800\u3164\uffa0]+")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_VIRAMA = regex.compile(r"(\p{InCB=Consonant}[\p{InCB=Extend}\p{InCB=Linker}]*+)|\p{InCB=Linker}")
_SHOWS_NOTHING = regex.compile(r"[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+")
_REPEATED = re.compile(r"(.{1,16}?)\1{3,}", re.DOTALL)


def clean(text: str, /) -> str:
    """Return what Moderato keeps of a text: no control characters, so that both have the same text."""
    return str(_CONTROL.sub("", _LINE_BREAK.sub("\n", text)))


def length(text: str, minimum: int, maximum: int, /) -> int:
    """Return how many characters a reader sees; of what repeats itself three copies count."""
    if len(text) > 4 * maximum:  # not to be counted in order to be refused
        return len(text)
    seen = _clusters(text)
    words = _clusters(_REPEATED.sub(r"\1\1\1", text)) if minimum <= seen <= maximum else seen
    return words if words < minimum else seen


def _clusters(text: str) -> int:
    shown = _FLAG.sub("A", _WHITE.sub(" ", text).strip())
    shown = _VIRAMA.sub(lambda found: found[1] or "\u0301", shown)  # one that joins nothing is a mark
    return sum(1 for cluster in regex.findall(r"\X", shown) if not _SHOWS_NOTHING.fullmatch(cluster))
