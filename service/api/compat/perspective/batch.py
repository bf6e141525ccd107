"""Several calls in one request, as Google's client libraries send them: multipart/mixed with an HTTP message in each.

Each part has its own key, its own rate and its own status; one that fails changes nothing for the others. A
Content-ID can be any text, also the comment itself, so it is repeated byte for byte and never logged.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from service.api.compat.perspective import errors
from service.api.compat.perspective.calls import Answered, Sent, written

MOST_PARTS = 1_000  # Google's own limit
MOST_OPEN = 10  # parts without a key that have an answer, the discovery document; no client needs it so often
MOST_LATE = 2  # parts in a row without an answer in time; the worker is then away, and nobody waits for it 1,000 times
REQUEST_LINE = re.compile(r"([A-Z]+) (\S+)(?: HTTP/\d(?:\.\d)?)?\s*")

LONGEST_HEAD = 64 * 1024  # bytes: a Content-ID may be a whole comment, percent-encoded
BLANK_LINE = re.compile(rb"\r?\n\r?\n")

Answering = Callable[[Sent], Answered]


@dataclass(frozen=True)
class Part:
    """One part as it came: its own header fields, and an HTTP request as bytes."""

    head: Message
    payload: bytes


def answer(content_type: str, body: bytes, answering: Answering, /) -> tuple[str, bytes]:
    """Return the content type and the body of the answer; raise Refusal for what is no batch at all."""
    parts = _parts(content_type, body)
    boundary = f"batch_{secrets.token_urlsafe(24)}"
    pieces: list[bytes] = []
    late = opened = 0
    late_refusal = errors.unavailable("The classifiers do not answer. Try again.", retry_after=1)
    for part in parts:
        if opened >= MOST_OPEN:
            answered = _refused(errors.no_key())
        else:
            answered = _refused(late_refusal) if late >= MOST_LATE else _answered(part, answering)
        opened += answered.key is None and answered.status == HTTPStatus.OK
        late = late + 1 if answered.status == HTTPStatus.SERVICE_UNAVAILABLE else 0
        pieces.append(_written(part, answered, boundary))
    return f"multipart/mixed; boundary={boundary}", b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _parts(content_type: str, body: bytes) -> list[Part]:
    try:
        boundary = _head(f"Content-Type: {content_type}".encode("latin-1", "replace")).get_boundary()
        encoded = (boundary or "").encode("utf-8", "surrogateescape")
    except (LookupError, ValueError, TypeError):  # a boundary in a character set that cannot be
        encoded = b""
    if not encoded:
        raise errors.bad_body("Failed to parse batch request, error: Missing boundary.")
    # Cut by hand: the email package takes seconds for a body of tiny or nested parts, and nobody has shown a key yet.
    delimiter = b"--" + re.escape(encoded)
    body = re.split(rb"(?:\A|\r?\n)" + delimiter + rb"--", body, maxsplit=1)[0]
    _, *pieces = re.split(rb"(?:\A|\r?\n)" + delimiter + rb"[ \t]*\r?\n", body, maxsplit=MOST_PARTS + 1)
    if not pieces:
        raise errors.bad_body("Failed to parse batch request, error: No parts.")
    if len(pieces) > MOST_PARTS:
        raise errors.bad_body(f"The batch has more than {MOST_PARTS} parts.")
    return [_part(piece) for piece in pieces]


def _part(piece: bytes) -> Part:
    head, *rest = BLANK_LINE.split(piece, maxsplit=1)
    return Part(_head(head[:LONGEST_HEAD]), rest[0] if rest else b"")


def _head(lines: bytes) -> Message:
    return BytesParser(policy=compat32).parsebytes(lines, headersonly=True)


def _answered(part: Part, answering: Answering) -> Answered:
    try:
        return answering(_sent(part))
    except errors.Refusal as refusal:
        return _refused(refusal)


def _sent(part: Part) -> Sent:
    if part.head.get_content_type() != "application/http":
        raise errors.bad_body("Each part must be application/http.")
    head, *rest = BLANK_LINE.split(part.payload, maxsplit=1)
    line, *fields = head[:LONGEST_HEAD].decode("latin-1").lstrip().splitlines()[:100] or [""]
    found = REQUEST_LINE.fullmatch(line)
    if found is None:
        raise errors.bad_body("Each part must begin with a request line.")
    try:
        target = urlsplit(found[2])
    except ValueError:
        raise errors.bad_body("The address in a request line is not one.") from None
    return Sent(
        method=found[1],
        path=unquote(target.path),
        args=_firsts(parse_qsl(target.query, keep_blank_values=True)),
        headers=_firsts(_fields(fields)),
        body=lambda: rest[0] if rest else b"",
    )


def _fields(lines: list[str]) -> list[tuple[str, str]]:
    split = (line.partition(":") for line in lines)
    return [(name.strip().lower(), value.strip()) for name, _, value in split]


def _firsts(pairs: list[tuple[str, str]]) -> Mapping[str, str]:
    return dict(reversed(pairs))


def _refused(refusal: errors.Refusal) -> Answered:
    return Answered(refusal.code, written(refusal.as_object(), pretty=True))


def _written(part: Part, answered: Answered, boundary: str) -> bytes:
    content = answered.content.encode()
    lines = [
        f"--{boundary}",
        "Content-Type: application/http",
        *_content_id(part),
        "",
        f"HTTP/1.1 {answered.status} {HTTPStatus(answered.status).phrase}",
        "Content-Type: application/json; charset=UTF-8",
        *(f"{name}: {value}" for name, value in answered.headers.items()),
        f"Content-Length: {len(content)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + content + b"\r\n"


def _content_id(part: Part) -> Iterator[str]:
    given = next((value for name, value in part.head.raw_items() if name.lower() == "content-id"), None)
    if given is None:
        return
    unfolded = re.sub(r"[\r\n]+", "", given).strip()
    inner = unfolded[1:-1] if unfolded.startswith("<") and unfolded.endswith(">") else unfolded
    yield f"Content-ID: <response-{inner}>"
