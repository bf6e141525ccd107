"""Count a comment's characters as its reader and the browser's form count them.

The same number as `[...new Intl.Segmenter().segment(text.trim().replace(/\\s+/g, " "))].length` in a browser, with one
difference on purpose: a cluster that shows nothing (a zero-width space, a soft hyphen, a blank filler) is not counted,
or fifty of them would make a comment.
"""

import re

import regex

from service.moderation.text.filler import LONGEST_PATTERN, without_filler

# What JavaScript's \s matches, and the blanks that it does not know: fillers and the empty braille pattern.
_WHITE = re.compile(r"[\s\ufeff\u115f\u1160\u2800\u3164\uffa0]+")
_CLUSTER = regex.compile(r"\X")
# A virama joins two consonants into one cluster (UAX #29, GB9c). regex also joins where no consonant is before it, as
# in Bengali অ্যা; browsers do not. Such a virama is read as a mark that joins nothing.
_VIRAMA = regex.compile(r"(\p{InCB=Consonant}[\p{InCB=Extend}\p{InCB=Linker}]*+)|\p{InCB=Linker}")
_MARK = "\u0301"
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_SHOWS_NOTHING = regex.compile(r"[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+")
CODE_POINTS_EACH = 4  # of a character, on average: a family has seven, but no comment is made of families


def reader_length(text: str) -> int:
    """Return the number of grapheme clusters (UAX #29) after trimming and collapsing white space; linear in `text`."""
    if text.isascii() and text.isprintable():
        return len(" ".join(text.split()))
    collapsed = _WHITE.sub(" ", text).strip()
    # A flag is one cluster; left as two signs, a row of thousands would be counted from its start for each of them.
    collapsed = _FLAG.sub("A", collapsed)
    collapsed = _VIRAMA.sub(lambda found: found[1] or _MARK, collapsed)
    return sum(1 for match in _CLUSTER.finditer(collapsed) if not _SHOWS_NOTHING.fullmatch(match[0]))


def length_up_to(text: str, maximum: int, /) -> int:
    """Return `reader_length`, or the code points where these alone say that `text` is longer than `maximum`.

    The bound comes before the counting: two hundred thousand code points must not be counted to be refused.
    """
    return len(text) if len(text) > CODE_POINTS_EACH * maximum else reader_length(text)


def short_of_words(text: str, length: int, minimum: int, /) -> int | None:
    """Return the length without filler where only filler brings the text's `length` to the minimum, else None."""
    of_words = length_of_words(text, minimum) if length >= minimum else minimum
    return of_words if of_words < minimum else None


def length_of_words(text: str, enough: int, /) -> int:
    """Return the length without filler: of whatever repeats itself, three copies count. Any number from `enough` on
    means "long enough"; the rest of the text is not looked at then.
    """
    if enough <= 0:
        return 0
    looked_at = CODE_POINTS_EACH * enough + LONGEST_PATTERN
    if len(text) > looked_at:  # its end may be a part of a copy, which must not count: more copies are no longer text
        beginning = reader_length(without_filler(text[:looked_at], kept=3)[:-LONGEST_PATTERN])
        if beginning >= enough:
            return beginning
    return reader_length(without_filler(text, kept=3))
