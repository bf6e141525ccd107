"""The plain text of a comment that a CMS sends as HTML: what its readers see, and where its links lead. Pure.

Spam lives in what a careless reading drops: the address behind "here", the alternative text of an image, words in cells
of a table. Each of them is text here, so the length, the term lists, the links and the classifiers see it.

libxml2 reads tag by tag, in a time linear in the length. `html.parser` and lexbor take seconds for 50,000 characters of
"<!--" or "<div>", and those that follow HTML 5 drop cells outside a table, which joins their words.
"""

import re
from collections.abc import Mapping
from html import unescape

from lxml import etree

# Elements that do not break a word: "un<b>believ</b>able" is one. Every other element ends it.
INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "nobr", "q", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
))  # fmt: skip
SPACED = frozenset(("td", "th", "img", "button", "option"))  # end a word, but not the line
ONE_BREAK = frozenset(("br", "hr", "li"))  # end a line where they begin, and nothing where they end
HIDDEN = frozenset(("script", "style"))
WORDS = ("alt", "title", "aria-label", "value", "placeholder", "label")  # attributes that hold words for readers


def plain_text(html: str, /) -> str:
    """Return the text of an HTML fragment: a line for each block, the address of a link in brackets after its words."""
    parser = etree.HTMLParser(target=_Reader(), huge_tree=True, encoding="utf-8")
    parser.feed(html.encode("utf-8", "replace"))
    text: str = parser.close()
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def decoded(line: str, /) -> str:
    """Return a name or a title that a CMS sends as HTML, with its entities decoded."""
    return unescape(line)


_WORD_AND_REST = re.compile(r"([^\W_]*)(.*)", re.DOTALL)


class _Reader:
    """The target of libxml2's events, see https://lxml.de/parsing.html#the-target-parser-interface."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._hidden = False
        self._link = ""  # the address of the link that is open
        self._words_from = 0  # where its words begin in `_parts`
        self._later: list[str] = []  # of attributes, for the end of the word that they stand in

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._break(tag)
        self._hidden = tag in HIDDEN
        self._later += [f" {words} " for name in WORDS if (words := attributes.get(name))]
        if tag == "a":
            self._end_link()
            self._link, self._words_from = attributes.get("href", "").strip(), len(self._parts)

    def end(self, tag: str) -> None:
        self._hidden = False
        if tag == "a":
            self._end_link()
        if tag not in ONE_BREAK:
            self._break(tag)

    def data(self, words: str) -> None:
        if self._hidden:
            return
        if self._later:
            if self._goes_on(words):  # "id<abbr title=x>iot</abbr>" is one word to its readers
                word, words = _WORD_AND_REST.fullmatch(words).groups()  # type: ignore[union-attr]
                self._parts.append(word)
                if not words:
                    return
            self._say_later()
        self._parts.append(words)

    def _goes_on(self, words: str) -> bool:
        before = next((part for part in reversed(self._parts) if part), "")
        return before[-1:].isalnum() and words[:1].isalnum()

    def _say_later(self) -> None:
        self._parts += self._later
        self._later = []

    def close(self) -> str:
        self._say_later()
        return "".join(self._parts)

    def _end_link(self) -> None:
        leads_away = re.match(r"(?i)(https?:)?//", self._link)
        if leads_away and self._link not in "".join(self._parts[self._words_from :]):
            self._later.append(f" ({self._link}) ")
        self._link = ""

    def _break(self, tag: str) -> None:
        if tag not in INLINE:
            self._say_later()
            self._parts.append(" " if tag in SPACED else "\n")
