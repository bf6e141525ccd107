"""The bytes of a request's body, unpacked where a client has compressed them; the limit holds for what comes out."""

import zlib

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.api.compat.perspective import errors

GZIP = 16 + zlib.MAX_WBITS


def read(request: Request, /) -> bytes:
    """Return the body; raise Refusal where it is too large, cut short or packed in another way."""
    most = request.max_content_length or 0
    too_large = errors.bad_body(f"Request payload size exceeds the limit: {most} bytes.")
    try:
        raw = request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise too_large from None
    except ClientDisconnected:
        raise errors.bad_body("The body ended before its Content-Length.") from None
    if request.content_length is None and len(raw) >= most:
        raise too_large  # werkzeug stops reading a chunked body at the limit and says nothing
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip"):
        raise errors.bad_body("The body may be packed with gzip, or not at all.")
    unpacking = zlib.decompressobj(GZIP)
    try:
        content = unpacking.decompress(raw, most)
    except zlib.error:
        raise errors.bad_body("The body is not gzip.") from None
    if unpacking.unconsumed_tail:
        raise too_large
    if not unpacking.eof:
        raise errors.bad_body("The packed body ends too early.")
    return content
