"""Find links in a comment and the hosts they lead to, in linear time.

A host is what site lists are compared with: lower case, punycode, without port, user or trailing dot. A bare domain
counts only under a well-known ending, with a path or when it is listed, because readers forget the space after a full
stop. Chinese and Japanese have no such space: their full stop is a dot only before what a host goes on with.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import idna

from service.sentences import N_


@dataclass(frozen=True)
class Link:
    """Characters `start:end` of the text lead to `host`."""

    start: int
    end: int
    host: str


MOST_LINKS = 200  # a text with more is judged by its first 200

# Endings in other letters: those on IANA's list that begin few sentences. Any other word may follow a full stop.
_OTHER_ENDINGS = """
    рф рус бел укр срб мкд бг ею қаз мон орг ком москва ελ ευ հայ გე ישראל السعودية امارات عمان قطر مصر المغرب الجزائر
    تونس الاردن سورية فلسطين عراق ایران پاکستان موقع شبكة भारत संगठन বাংলা ভারত ಭಾರತ తెలుగు భారత్ இலங்கை இந்தியா
    சிங்கப்பூர் ලංකා ไทย ລາວ 한국 닷컴 닷넷 中国 中國 香港 台湾 台灣 澳門 新加坡 公司 网络 網路 网址 网店
    在线 中文网 商城 商标 集团 みんな コム セール ストア
"""
_IN_OTHER_LETTERS = "|".join(sorted(set(_OTHER_ENDINGS.split()), key=len, reverse=True))
_STOP = r"[\u3002\uff61]"  # ends a sentence in Chinese and Japanese
_LETTERS = (
    r"a-z0-9_\u00a1-\u1fff\u2c00-\u2fff\u3003-\ud7ff\uf900-\ufaff\ufb50-\ufdff"
    r"\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U00010000-\U0001efff"
)
_GOES_ON = rf"(?=[a-z0-9\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]|(?:{_IN_OTHER_LETTERS})(?![{_LETTERS}]))"
_DOT = rf"(?:[.\uff0e]|{_STOP}{_GOES_ON}|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
_LABEL = rf"[{_LETTERS}][-{_LETTERS}\u200b-\u200d\u2060\ufeff]{{0,62}}"
_HOST = rf"(?P<host>\[[0-9a-f:.]{{2,45}}\]|{_LABEL}(?:{_DOT}{_LABEL}){{0,10}}{_DOT}?)"
_TAIL = r"(?P<tail>(?::\d{1,5})?(?:[/?#][^\s<>\"'\u201c\u201d]{0,2000})?)"
_LINK = re.compile(
    rf"(?:(?P<scheme>(?:h(?:tt|xx)ps?|ftp)://)(?:[^\s/@<>]{{1,100}}@)?|(?P<www>(?<![\w@.-])www{_DOT})|(?<![\w@./-])|(?<![\w:/.])//)"
    rf"{_HOST}{_TAIL}",
    re.IGNORECASE,
)
# Endings that say "domain" without a path; endings that are also words need more (it, is, to, me, so, no...).
_ENDING_WORDS = (
    "com net org info biz edu gov mil io co xyz online site shop top club store app dev blog news live tv cc ru cn uk"
    " de fr eu nl pl ua br jp au ca ch se dk fi cz es gr hu ro ly"
)
_ENDINGS = frozenset(_ENDING_WORDS.split()).union(
    idna.encode(ending, uts46=True).decode("ascii") for ending in _OTHER_ENDINGS.split()
)
# An address needs no space before it: a host or a path would swallow it. One within another's query is no link itself.
_GLUED = re.compile(r"(?<=[^\s/=&?#:@.%+~-])(?:h(?:tt|xx)ps?|ftp)://", re.IGNORECASE)
_NEXT_SENTENCE = re.compile(rf"{_STOP}[^\x00-\x7f]+$")  # "很好。中国，加油！"
_CLOSING = {")": "(", "]": "[", "}": "{"}


def find_links(text: str, *, listed: frozenset[str] = frozenset()) -> tuple[Link, ...]:
    """Return the links of `text` in order, at most MOST_LINKS; e-mail addresses are none.

    A bare domain that is one of the hosts `listed`, or within one, is a link whatever its ending.
    """
    links: list[Link] = []
    if "." not in text and not _OTHER_DOT.search(text):
        return ()
    endings = _endings(listed)
    for match in _matches(text):
        end = _trimmed_end(text, match)
        is_bare = not (match["scheme"] or match["www"])
        if text[end : end + 1] == "@":
            continue
        if is_bare and not _may_be_domain(match["host"], match["tail"], endings):
            continue
        host = _host(match["host"])
        if host is None:
            continue
        is_domain = _is_bare_domain(host, match["tail"]) and (match["tail"] or not _NEXT_SENTENCE.search(match["host"]))
        if is_bare and not is_domain and not is_within(host, listed):
            continue
        if match["www"] and "." not in host:
            continue
        links.append(Link(match.start(), end, f"www.{host}" if match["www"] else host))
        if len(links) == MOST_LINKS:
            break
    return tuple(links)


def _matches(text: str) -> Iterator[re.Match[str]]:
    glued = [match.start() for match in _GLUED.finditer(text)]
    for start, end in pairwise((0, *glued, len(text))):
        yield from _LINK.finditer(text, start, end)


_OTHER_DOT = re.compile(r"://|\(dot\)|\[dot\]|[\u3002\uff0e\uff61]", re.IGNORECASE)


def _trimmed_end(text: str, match: re.Match[str]) -> int:
    """Leave the full stop that ends the sentence and the bracket around the link out of it."""
    end = match.end()
    while end > match.start() and (text[end - 1] in ".,;:!?*_~" or text[end - 1] in _CLOSING):
        opening = _CLOSING.get(text[end - 1])
        if opening and text.count(opening, match.start(), end) >= text.count(text[end - 1], match.start(), end):
            break
        end -= 1
    return end


def is_within(host: str, names: Collection[str], /) -> bool:
    """Whether the host is one of the names or below one; quick where `names` is a set."""
    labels = host.split(".")
    return any(".".join(labels[first:]) in names for first in range(len(labels)))


def listed_host(written: str, /) -> str:
    """Return the host that somebody wrote on a list, as links have it; raise ValueError for what no link leads to.

    An address without a path is taken for its host, as are `*.example.org` and a name with a port.
    """
    match = _LISTED.fullmatch(written.strip())
    host = _host(match["host"]) if match else None
    if not host or not ("." in host or host.startswith("[")) or not all(host.strip("[]").split(".")):
        raise ValueError(N_('must be the host of a link, such as "spam.example", without a path'))
    return host.removeprefix("www.") if host.count(".") > 1 else host


_LISTED = re.compile(
    rf"(?:(?:h(?:tt|xx)ps?|ftp)://|//)?(?:[^\s/@<>]{{1,100}}@)?(?:\*\.|\.)?{_HOST}(?::\d{{1,5}})?/?", re.IGNORECASE
)


def _host(written: str) -> str | None:
    """Return the host as lists know it, None where it cannot be one."""
    if written.startswith("["):
        return written.lower()
    host = _DOTS.sub(".", written).strip(".").lower()
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None


@lru_cache(maxsize=16)
def _endings(listed: frozenset[str]) -> frozenset[str]:
    """Return the endings that say "domain" without a path: the well-known ones and those of listed hosts."""
    return _ENDINGS | {host.rsplit(".", 1)[-1] for host in listed}


def _may_be_domain(written: str, tail: str, endings: frozenset[str]) -> bool:
    """Say no where the ending alone says it, before the host is converted: that takes 50 microseconds."""
    ending = next((label for label in reversed(_DOTS.split(written)) if label), "")
    return bool(tail) or not ending.isascii() or ending.lower() in endings


_DOTS = re.compile(_DOT, re.IGNORECASE)


def _is_bare_domain(host: str, tail: str) -> bool:
    labels = host.split(".")
    if len(labels) < 2 or not all(labels) or "_" in labels[-1]:
        return False
    ending = labels[-1]
    if ending.startswith("xn--"):
        return ending in _ENDINGS or len(tail) > 1
    if not ending.isalpha() or not any(character.isalpha() for character in labels[-2]):
        return False
    return ending in _ENDINGS or (len(ending) >= 2 and len(tail) > 1 and tail[0] == "/" and len(labels[-2]) > 1)
