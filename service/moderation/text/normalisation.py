"""Undo disguised spelling in a text and keep offsets into the original.

The normalised text is a second view for classifiers and the text that term lists search; it is never shown, stored or
sent. A plain text must come through unchanged: each rule below needs evidence of disguise, because "2024", "Penistone"
and a Russian sentence are none. Changing any rule or table means a new NORMALISER_VERSION.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from service.moderation.text.disguised_words import fill_mask, is_listed, split_words, undo_leet, undo_repeats
from service.moderation.text.lookalikes import RELATED, STROKED, STYLED, TWINS
from service.moderation.text.rewriting import Edit, View, plain_view, rewrite

NORMALISER_VERSION = "3"
_MOST_ROUNDS = 8  # undoing one disguise may uncover another; every round shortens the text or settles letters


@dataclass(frozen=True)
class Normalised:
    """A text with its disguises undone; character `i` comes from `starts[i]:ends[i]` of the original.

    `differs` says whether its words are other words than the original's: whether it is worth a second look.
    """

    text: str
    view: View
    differs: bool
    version: str = NORMALISER_VERSION

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original that normalised characters `start:end` (not empty) stand for."""
        return self.view.starts[start], self.view.ends[end - 1]


def normalise(text: str, *, fold_accents: bool = False) -> Normalised:
    """Return `text` with disguises undone; with `fold_accents`, Latin letters lose theirs too ("fück")."""
    view = plain_view(text)
    if text.isascii() and not _SUSPECT.search(text):
        return Normalised(text, view, differs=False)
    for _ in range(_MOST_ROUNDS):
        before = view.text
        view = _round(view, fold_accents=fold_accents)
        if view.text == before:
            break
    rewritten = view.text != text
    differs = rewritten and (_words(view.text) != _words(text) or len(view.text.split()) != len(text.split()))
    return Normalised(view.text, view, differs=differs)


def _round(view: View, *, fold_accents: bool) -> View:
    if not view.text.isascii():
        view = rewrite(view, list(_strung(view.text, _STRUNG_UNSEEN)))
        view = rewrite(view, (Edit(match.start(), match.end(), "") for match in UNSEEN.finditer(view.text)))
        view = rewrite(view, _plain_letters(view.text))
        view = rewrite(view, _marks(view.text, fold_accents=fold_accents))
    for step in (_masked, _split_by_markup, _strung, _spaced_out, _punctuated, _leet, _repeated):
        view = rewrite(view, _outside_addresses(view.text, list(step(view.text))))
    return view


# --- what is seen at all ------------------------------------------------------------------------------------------

UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)

# --- letters in costume, and letters of other scripts ---------------------------------------------------------------

_LOOKALIKES = RELATED | TWINS
_COSTUME = re.compile(f"[{re.escape(''.join(STYLED))}]|[\U0001f1e6-\U0001f1ff]+")
_IN_COSTUME = frozenset(STYLED).union(map(chr, range(0x1F1E6, 0x1F200)))
_SCRIPTS = "\u0370-\u058f\u13a0-\u13ff\ua4d0-\ua4ff"  # Greek, Cyrillic, Armenian; Cherokee; Lisu
_WORD_OF_SCRIPTS = re.compile(f"[A-Za-z{_SCRIPTS}]+")
_FOREIGN = re.compile(f"[{_SCRIPTS}]")


def _plain_letters(text: str) -> Iterator[Edit]:
    yield from sorted([*_costumes(text), *_foreign_letters(text)])


def _costumes(text: str) -> Iterator[Edit]:
    if _IN_COSTUME.isdisjoint(text):  # forty times faster than the expression, and nearly always enough
        return
    for match in _COSTUME.finditer(text):
        if match[0] in STYLED:
            yield Edit(match.start(), match.end(), STYLED[match[0]])
        elif len(match[0]) != 2:  # two regional indicators are a flag
            letters = "".join(chr(ord("A") + ord(character) - 0x1F1E6) for character in match[0])
            yield Edit(match.start(), match.end(), letters)


def _foreign_letters(text: str) -> Iterator[Edit]:
    """Undo look-alikes in words that mix scripts, and whole look-alike words where nothing else is of that script."""
    genuine = latin = -1
    for match in _WORD_OF_SCRIPTS.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        if not any(character.isascii() for character in word):
            if not all(character in TWINS for character in word):
                continue
            if genuine < 0:
                genuine = sum(character not in TWINS for character in _FOREIGN.findall(text))
                latin = sum(character.isascii() and character.isalpha() for character in text)
            if genuine and latin < 4 * genuine:
                continue
        plain = "".join(_LOOKALIKES.get(character, character) for character in word)
        if plain != word:
            yield Edit(match.start(), match.end(), plain)


_MARKED = re.compile(r"[\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff](?![\u0080-\u00bf€])")  # "â€™" is no word but mojibake


def _marks(text: str, *, fold_accents: bool) -> Iterator[Edit]:
    """Drop marks piled on letters, keep a single one that makes a letter of some language unless told to fold."""
    for match in re.finditer(rf"(\w?){_MARKED.pattern}|{_ACCENTED.pattern}", text):
        # No letter is composed of more than four; sorting thousands of marks takes quadratic time.
        composed = unicodedata.normalize("NFC", match[0]) if len(match[0]) <= 4 else ""
        kept = composed if len(composed) == 1 and not _MARKED.match(composed) else match[1] or ""
        if fold_accents and kept:
            base = unicodedata.normalize("NFD", kept)[0]
            base = STROKED.get(base, base)
            kept = base if base.isascii() else kept
        if kept != match[0]:
            yield Edit(match.start(), match.end(), kept)


# --- words taken apart ----------------------------------------------------------------------------------------------

_LETTER = r"[^\W\d_]"
PICTURE = "[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]"
_MASK = re.compile(r"(?<![\w*#%@$])[A-Za-z]+[*#%@$?_.\-]{1,4}[A-Za-z]+(?![\w*#%@$])")
BLOCK = r"(?:br|hr|p|div|li|ul|ol|td|tr|th|h[1-6]|blockquote|pre)\b"  # tags that end a line of text
_MARKUP = re.compile(
    rf"(?<={_LETTER})(?:</?(?!{BLOCK})[a-z!][^<>]{{0,40}}>|\[/?[a-z]{{1,6}}\]"
    rf"|&(?:shy|zwnj|zwj|ZeroWidthSpace|#173|#820[3-5]|#x200[b-d]|#xad);|{PICTURE}|[*~^|`•·¦\\])+(?={_LETTER})",
    re.IGNORECASE,
)
_UNIT = "[A-Za-z\u00c0-\u024f0134579@$]"
_APART = re.compile(
    rf"(?<![\w@$'’])({_UNIT})([ \t]{{1,2}}|\s?[.\-_*~|]\s?|[/,+•·:;'\"^=\\]|\s?{PICTURE}+\s?)"
    rf"{_UNIT}(?:\2{_UNIT})+(?![\w@$])"
)
# Six words or more in one row, joined by one and the same sign instead of spaces.
_STRUNG = re.compile(
    rf"(?<!\w){_LETTER}{{1,20}}(?=([/,+=:~^|\\_.\-\u2013\u2014*\u2022]|%20))(?:\1{_LETTER}{{1,20}}){{5,}}(?!\w)"
)
_STRUNG_UNSEEN = re.compile(rf"(?<!\w){_LETTER}{{1,20}}(?:({UNSEEN.pattern}){_LETTER}{{1,20}}){{5,}}(?!\w)")
_GAP = re.compile(rf"{UNSEEN.pattern}|%20|[\W_]")
_LONGEST_RUN = 200  # letters searched for words; longer spelled-out runs are not written by hand
_PIECES = re.compile(r"(?<![\w.\-])[A-Za-z]+(?:[._\-/,+][A-Za-z]+)+(?![\w\-])")


def _masked(text: str) -> Iterator[Edit]:
    for match in _MASK.finditer(text):
        if (word := fill_mask(match[0])) != match[0]:
            yield Edit(match.start(), match.end(), word)


def _split_by_markup(text: str) -> Iterator[Edit]:
    for match in _MARKUP.finditer(text):
        yield Edit(match.start(), match.end(), "")


def _strung(text: str, strung: re.Pattern[str] = _STRUNG) -> Iterator[Edit]:
    """Put spaces between words that a sign joins; rows of single letters are spelled out, and not these."""
    for match in strung.finditer(text):
        gaps = [gap.span() for gap in _GAP.finditer(match[0])]
        if len(match[0]) >= 3 * len(gaps):
            yield from (Edit(match.start() + start, match.start() + end, " ") for start, end in gaps)


def _spaced_out(text: str) -> Iterator[Edit]:
    """Join letters that stand apart by one and the same separator, and find the words in what they spell."""
    for match in _APART.finditer(text):
        width = len(match[2])
        letters = match[0][:: width + 1]
        if sum(character.isalpha() for character in letters) < 0.6 * len(letters):
            continue
        begins = set(split_words(undo_leet(letters)) if 3 < len(letters) <= _LONGEST_RUN else (0,))
        for place in range(1, len(letters)):
            gap = match.start() + place * (width + 1)
            yield Edit(gap - width, gap, " " if place in begins else "")


def _punctuated(text: str) -> Iterator[Edit]:
    for match in _PIECES.finditer(text):
        joined = re.sub(r"[^A-Za-z]", "", match[0])
        if is_listed(joined):
            yield from (Edit(place, place + 1, "") for place in range(*match.span()) if not text[place].isalpha())


# --- letters written otherwise --------------------------------------------------------------------------------------

_LEET = re.compile(
    r"(?<![\w@$!€])(?=[A-Za-z0-9@$!€]*[0134579@$!€])(?=[A-Za-z0-9@$!€]*[A-Za-z])[A-Za-z0-9@$!€]+(?![\w@$€])"
)
_ROMAN = r"(?!(?-i:[IVXLCDM]+)\b)"
_REPEATED = re.compile(rf"\b{_ROMAN}(?=\w*?([^\W\d_])\1\1)[^\W\d_]+\b|\b(?:([A-Za-z])\2){{3,}}\b", re.IGNORECASE)


def _leet(text: str) -> Iterator[Edit]:
    for match in _LEET.finditer(text):
        if (word := undo_leet(match[0])) != match[0]:
            yield Edit(match.start(), match.end(), word)


def _repeated(text: str) -> Iterator[Edit]:
    for match in _REPEATED.finditer(text):
        word = undo_repeats(match[0])
        if word != match[0]:
            yield from _shorter(match.start(), match[0], word)


def _shorter(start: int, word: str, shorter: str) -> Iterator[Edit]:
    """Align a word with its collapsed form, run by run, so that offsets stay exact within it."""
    runs, kept = list(_SAME.finditer(word)), [len(run[0]) for run in _SAME.finditer(shorter)]
    if len(runs) != len(kept):
        yield Edit(start, start + len(word), shorter)
        return
    for run, length in zip(runs, kept, strict=True):
        if length != len(run[0]):
            yield Edit(start + run.start(), start + run.end(), run[0][:length])


_SAME = re.compile(r"(\w)\1*", re.IGNORECASE)


# --- what is left alone ---------------------------------------------------------------------------------------------

_ADDRESS_SIGN = re.compile(r"://|www\.|@|\.[a-z]{2}", re.IGNORECASE)
# Fewer endings than in links.py: a word such as "top" or "shop" would let a spelled-out insult pass for an address.
# Names begin where a run of their letters begins: begun at each letter, a run without an end costs quadratic time.
_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w.+\-])[\w.+\-]{1,254}@[\w\-]{1,63}\.[\w.]+"
    r"|(?<![\w.\-])[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){0,10}"
    r"\.(?:com|org|net|gov|edu|info|co|io|uk|de|fr|eu|us|tv)\b(?:/\S*)?",
    re.IGNORECASE,
)

# One pass over an ASCII text: whether any of the steps above could find something. Most comments stop here.
_SUSPECT = re.compile(
    r"([A-Za-z])\1\1"
    r"|[A-Za-z][*#%@$?_~^|`\\<&\[][A-Za-z!/#*%@$_?.\-]"
    r"|(?<![A-Za-z0-9])[A-Za-z0-9@$](?:[ \t.\-_*~|/,+:;'\"^=\\]{1,3}[A-Za-z0-9@$])(?![A-Za-z0-9])"
    r"|(?<![\w.\-])[A-Za-z]{1,8}[.\-/,+][A-Za-z]"
    r"|[A-Za-z](?:[=:]|%20)[A-Za-z]"
    r"|[A-Za-z][0134579@$!][A-Za-z0-9@$]|(?<![\w@$])[0134579@$][A-Za-z]{2}|[A-Za-z][0134579]+[$@]"
    r"|(?<!\w)(?:([A-Za-z])\2){3,}(?!\w)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_PILED = regex.compile(r"(\p{M}{8})\p{M}+")
_LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")


def _words(text: str) -> list[str]:
    """Return the words as a model that ignores case and accents reads them."""
    lower = text.lower()
    if not text.isascii():
        composed = unicodedata.normalize("NFC", _PILED.sub(r"\1", lower))  # sorting many marks takes quadratic time
        lower = _LATIN.sub(lambda match: unicodedata.normalize("NFD", match[0])[0], composed)
    return _WORD.findall(lower)


def _outside_addresses(text: str, edits: list[Edit]) -> list[Edit]:
    if not edits or not _ADDRESS_SIGN.search(text):
        return edits
    starts, ends = [], []
    for match in _ADDRESS.finditer(text):
        starts.append(match.start())
        ends.append(match.end())

    def is_outside(edit: Edit) -> bool:
        before = bisect_left(starts, edit.end) - 1  # the last address that begins before the edit ends
        return before < 0 or ends[before] <= edit.start

    return [edit for edit in edits if is_outside(edit)]
