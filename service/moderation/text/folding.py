"""Fold what readers take for the same spelling into one, and keep offsets into the original.

Letter case, forms that Unicode calls compatible (full width, ligatures, "ß" and "ss", composed and decomposed kana),
marks that a writer of the language may leave out (Arabic and Hebrew vowels, the stress in Russian), spaces of any
width and number. Accents that make another letter are kept.
"""

import unicodedata
from collections.abc import Iterator

import regex

from service.moderation.text.rewriting import Edit, View, plain_view, rewrite

MOST_MARKS = 8  # on one letter; sorting thousands takes quadratic time

# A letter with its marks, or the parts of a Korean syllable. Not \X: it takes quadratic time on flags.
_CLUSTER = regex.compile("[\u1100-\u115f][\u1160-\u11ff]+|.[\\p{M}\uff9e\uff9f]*", regex.DOTALL)
_SPACES = regex.compile(r"\s{2,}|[^\S ]")
_PILED = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")
_OPTIONAL = regex.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"  # Arabic
    "|(?<=\\p{Cyrillic})[\u0300\u0301]"
)


def fold(text: str, /) -> View:
    """Return the folded view of `text`, linear in its length; folding it again changes nothing that is searched for."""
    view = plain_view(text)
    plain = text.lower() if text.isascii() else _letter_by_letter(text)
    view = rewrite(view, _clusters(text)) if plain is None else view._replace(text=plain)
    return rewrite(view, (Edit(match.start(), match.end(), " ") for match in _SPACES.finditer(view.text)))


def _letter_by_letter(text: str) -> str | None:
    """Return the folded text where each character folds to one, as in nearly every text; else None."""
    if unicodedata.is_normalized("NFKC", text) and not _OPTIONAL.search(text):
        folded = text.casefold()  # never shorter, so as long only if each character became one
        if len(folded) == len(text) and unicodedata.is_normalized("NFKC", folded):
            return folded
    return None


def _clusters(text: str) -> Iterator[Edit]:
    for cluster in _CLUSTER.finditer(text):
        written = cluster[0]
        folded = _folded(written)
        if folded != written:
            yield Edit(cluster.start(), cluster.end(), folded)


def _folded(cluster: str) -> str:
    if cluster.isascii():
        return cluster.lower()
    composed = unicodedata.normalize("NFKC", _PILED.sub(r"\1", cluster) if len(cluster) > MOST_MARKS else cluster)
    return unicodedata.normalize("NFKC", _OPTIONAL.sub("", composed.casefold()))
