"""Values that a field of a form, a query string, an address or a JSON body may get from somebody who means harm.

A text is sent as UTF-8; half an emoji has no such form, and is sent as the three bytes that would be its. JSON has
further tokens: numbers, nesting, and texts that only an escape can spell.
"""

import json

# What has gone wrong most often, and is tried half of the time.
WORST = ("\0", "a\0b", "\ud800", "99999999999999999999", "9" * 5_000, "-1", "²", "", "9999-12-31T23:59:59-14:00")
TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\x01\x1b[31m", "\x7f", "\x85", "\r\n", "a\nb", "\t", "\u2028",
    "\u202ea", "\ufeff", "\ufffd", "\uffff", "\U0010ffff", "e" + "\u0301" * 100, "\U0001f1e9" * 100, "\u212a", "ß", "ﬃ",
    "İ", "0", "-0", "1", "-1", "1.5", "+1", "1e3", "1e309", "NaN", "Infinity", "-inf", "²", "٣", "９", "1_000", "0x10",
    "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "99999999999999999999",
    "9" * 5_000, "-" + "9" * 400, "." * 400, "true", "null", "on", "[]", "{}", "[", '{"a":', '"', "'", "\\", "a\\",
    "%", "%00", "%ff", "_", "*", "(a+)+$", "'; DROP TABLE comment; --", "../../etc/passwd", "/", "//evil.example", ":",
    ":1", "a:b", "a:99999999999999999999", "0" * 32, "z" * 32, "W10=", "eyJhIjoxfQ==", "0001-01-01", "9999-12-31",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T10:00:00Z", "2026-11-22T10:00", "24:00",
    "999999-01-01T00:00:00Z", "javascript:alert(1)", "http://[::1", "https://example.com:99999/", "https://u:p@x/",
    "<script>alert(1)</script>", "{{7*7}}", "=1+1", "@x",
    "x" * 101, "x" * 150, "x" * 250, "x" * 300, "ж" * 2_100, "x" * 20_000, "a b c d " * 60,
    "submit", "viewer", "approve", "reject", "en_US", "x-y-z-ü", "comment.created",
)  # fmt: skip
WORST_TOKENS = (
    *(json.dumps(text) for text in WORST), "99999999999999999999", "[]", "null", '{"\\ud800":"\\u0000"}', "1e400",
)  # fmt: skip
TOKENS = (
    *(json.dumps(text) for text in TEXTS),
    "null", "true", "0", "-1", "1.5", "1e400", "-1e400", "99999999999999999999", "9" * 4_000, "[]", "{}", "[null]",
    '[""]', '[[[["x"]]]]', '{"a":{"b":[1]}}', '{"":0}', "[" * 300 + "]" * 300, '["x","x","x"]', "NaN", "Infinity",
    '["\\ud800"]', '{"\\ud800":"\\u0000"}', '{"a":"\\udc00\\ud800"}', '[1,"a",null,{}]',
)  # fmt: skip


def as_bytes(text: str, /) -> bytes:
    """Return the text in UTF-8, half an emoji as three bytes."""
    return text.encode("utf-8", "surrogatepass")


def percent(text: str, /) -> str:
    """Return the text with every byte percent-encoded, as one segment of an address or one value of a query."""
    return "".join(f"%{byte:02X}" for byte in as_bytes(text))
