"""Ids that a publisher may choose and that something on their way could take for something else.

Many differ from each other in one respect only, so that a mix-up shows as the other's answer.
"""

import random
from urllib.parse import quote

_random = random.Random(512)
# Incompressible, four bytes each: the largest that an index can be asked to hold.
LARGEST = "".join(chr(_random.randrange(0x10000, 0x10FFFF)) for _ in range(512))

NASTY = (
    "1", "Priya S", " ", "a", "A", "a ", "a b", "a+b", "a%20b", "\u00a0", "/", "a/", "/a", "a/b", "a//b", "a\\b",
    ".", "..", "../a", "a/decisions", "a/appeals", "a/comments", "batch",
    "%", "%2F", "%252F", "%00", "%ff", "?", "a?wait=1", "#", "a#b", "a=b&c=d", ";", ":@!$'()*,~",
    "https://news.example/мост/?id=1&x=%D0%BC#c-1", "é", "e\u0301", "日本語", "👩‍👩‍👧",
    "\u200b", "\u202eabc", "\u2028", "\ufeff", "\ufffd", "\U0010ffff",
    "'; DROP TABLE comment; --", "=1+1", "<script>alert(1)</script>", "<comment_id>", "ж" * 512, "😀" * 512, LARGEST,
)  # fmt: skip


def segment(value: str, /) -> str:
    """Return the id in an address with every byte encoded, as a careful client may send it."""
    return "".join(f"%{byte:02X}" for byte in value.encode())


def plainest(value: str, /) -> str:
    """Return the id in an address with as little encoded as RFC 3986 asks for."""
    return quote(value, safe="!$&'()*+,;=:@")
