"""Which parts of a labelled file are reported on their own: by length, identity term, way of evasion, source.

A slice is named `kind` and `value`; a comment may be in several slices of one kind (two identity terms), or in none.
"""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np

from workers.evaluate.metrics import at_threshold, auc

LENGTHS = ((0, 80), (80, 200), (200, 500), (500, None))
SMALLEST = 20  # rows below which a slice says nothing

IDENTITY_TERMS = {
    "black": "black|blacks|african american",
    "white": "white|whites|caucasian",
    "asian": "asian|asians|chinese",
    "latino": "latino|latina|hispanic|mexican|mexicans",
    "muslim": "muslim|muslims|islam|islamic",
    "jewish": "jew|jews|jewish",
    "christian": "christian|christians|catholic|catholics",
    "gay or lesbian": "gay|gays|lesbian|lesbians|homosexual|homosexuals|queer",
    "transgender": "trans|transgender|transsexual",
    "female": "woman|women|female|girl|girls",
    "male": "man|men|male|boy|boys",
    "immigrant": "immigrant|immigrants|refugee|refugees|migrant|migrants",
    "disabled": "disabled|blind|deaf|autistic|wheelchair",
    "old or young": "elderly|old people|teenager|teenagers|boomer|boomers",
}
_IDENTITY = {name: re.compile(rf"\b(?:{words})\b", re.I) for name, words in IDENTITY_TERMS.items()}
_EVASIONS = {
    "zero-width": re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]"),
    "spaced out": re.compile(r"(?:\b[^\W\d_][\s.\-_*]){3,}[^\W\d_]\b"),
    "leetspeak": re.compile(r"\b(?=\w*[^\W\d_])[^\W\d_]+[013457@$][^\W\d_]+\b|[^\W\d_][@$!][^\W\d_]"),
    "repeated letters": re.compile(r"([^\W\d_])\1{3,}"),
    "masked letters": re.compile(r"[^\W\d_]\*+[^\W\d_]"),
}


def length_band(text: str) -> str:
    """Return the stretch of characters that `text` falls into, as words."""
    for low, high in LENGTHS:
        if high is None or len(text) < high:
            return f"under {high}" if low == 0 else f"{low} and more" if high is None else f"{low} to {high - 1}"
    raise AssertionError("the last stretch has no end")


def identity_terms(text: str) -> list[str]:
    """Return the identities that `text` names."""
    return [name for name, pattern in _IDENTITY.items() if pattern.search(text)]


def evasions(text: str) -> list[str]:
    """Return the ways in which letters of `text` are disguised, as far as the text alone shows it."""
    found = [name for name, pattern in _EVASIONS.items() if pattern.search(text)]
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha()}
    if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "CHEROKEE"}:
        found.append("look-alike letters")
    if scripts & {
        "FULLWIDTH",
        "MATHEMATICAL",
        "DOUBLE-STRUCK",
        "SCRIPT",
        "CIRCLED",
        "SQUARED",
    }:
        found.append("styled letters")
    return found


def by_slice(
    memberships: dict[str, list[list[str]]],
    labels: np.ndarray,
    scores: np.ndarray,
    threshold: float,
) -> dict[str, list[dict[str, object]]]:
    """Return, per kind of slice, the figures of each value with at least 20 rows; AUC None where a label is missing.

    `memberships` maps a kind to one list of values per row.
    """
    found: dict[str, list[dict[str, object]]] = {}
    for kind, per_row in memberships.items():
        for value in _values(per_row):
            among = np.array([value in values for values in per_row])
            if among.sum() < SMALLEST:
                continue
            some, of = labels[among], scores[among]
            both = 0 < some.sum() < len(some)
            found.setdefault(kind, []).append(
                {
                    "slice": value,
                    "n": int(among.sum()),
                    "positives": int(some.sum()),
                    "auc": auc(some, of).as_record() if both else None,
                    **{name: figure for name, figure in at_threshold(some, of, threshold).items() if name != "at"},
                }
            )
    return found


def _values(per_row: Iterable[list[str]]) -> list[str]:
    bands = [length_band("x" * low) for low, _ in LENGTHS]
    found = {value for values in per_row for value in values}
    return sorted(found, key=lambda value: (bands.index(value) if value in bands else 0, value))
