"""Take out of a text what is no prose in any language: addresses, hashtags, names behind "@", tags and entities.

Their words are to be had apart, since a reader reads them: "#Du #bist #ein #Schwein".
"""

import re
from collections.abc import Iterator
from html.entities import html5

from workers.classifiers.language.foreign_words import words_of

Word = tuple[str, int, int]

# Only what is written in ASCII and cannot hold a sentence: "<Du bist dumm>" and "#Ты_тупая_свинья" are read like any
# other words.
_NOT_PROSE = re.compile(
    r"https?://[!-~]+|www\.[!-~]+|[@#][A-Za-z0-9]{1,20}(?:_[A-Za-z0-9]{1,20})?(?!\w)"
    r"|&(?P<entity>[A-Za-z]{2,8};)|&#\d{1,6};"
    r"|</?(?P<tag>[A-Za-z][A-Za-z0-9]{0,11})(?:\s+[a-z-]{1,20}=[\"']?[!#-&(-;?-~]{0,120}[\"']?)*\s*/?>"
)
_ADDRESS = re.compile(r"(?:https?://|\bwww\.)(?P<host>[^\s\"'<>/?#]+)(?P<page>[^\s\"'<>]*)")
# A tag of any other name is a word.
_TAGS = frozenset(
    """
    a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center
    cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure
    font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend
    li link main map mark marquee menu meta meter nav noscript object ol optgroup option output p param picture pre
    progress q rp rt ruby s samp script search section select small source span strike strong style sub summary sup svg
    table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr
    """.split()  # noqa: SIM905 - a list of one word a line would bury the code
)
HUMP = 2  # letters that the words of "#VaTeFaire" have on average
_NO_LETTER = re.compile(r"[^A-Za-z]")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_RUN = re.compile(r"[A-Za-z0-9]+")
_WITH_NUMBER = re.compile(r"\d*([A-Za-z]+)\d*")  # "bist2"; what has numbers in its midst is a key


def without_markup(text: str, /) -> str:
    """Return the text with blanks for what is no prose, as long as before."""
    return _NOT_PROSE.sub(_blanked, text)


def words_of_markup(text: str, /) -> Iterator[tuple[list[Word], bool]]:
    """Yield the words of each piece that `without_markup` takes out, and whether it names a page of a host.

    Words are in small letters, with where they are; one by one where capitals join them.
    """
    for match in _NOT_PROSE.finditer(text):
        if not _is_markup(match) or match["entity"]:  # read as prose, or shown as a sign
            continue
        start = match.end("tag") if match["tag"] else match.start()
        for address in _ADDRESS.finditer(text, start, match.end()):
            yield _words(text, start, address.start()), False
            yield _words(text, *address.span("host")), False
            yield _words(text, *address.span("page")), True
            start = address.end()
        yield _words(text, start, match.end()), False


def _blanked(match: re.Match[str]) -> str:
    return " " * len(match[0]) if _is_markup(match) else _NO_LETTER.sub(" ", match[0])


def _is_markup(match: re.Match[str]) -> bool:
    if match["tag"]:
        return match["tag"].lower() in _TAGS
    return not match["entity"] or match["entity"] in html5


def _words(text: str, start: int, end: int) -> list[Word]:
    found: list[Word] = []
    for run in _RUN.finditer(_ESCAPE.sub("   ", text[start:end])):
        if written := _WITH_NUMBER.fullmatch(run[0]):
            at = start + run.start() + written.start(1)
            found += ((word.lower(), at + begins, at + ends) for word, begins, ends in words_of(written[1], hump=HUMP))
    return found
