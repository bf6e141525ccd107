"""What no request may contain is refused here, once, before any view: NUL, bytes that are not UTF-8, broken bodies.

PostgreSQL stores no NUL, SQLite's search reads one as a mistake, and half an emoji is no text to either. JSON has rules
of its own (`service.api.bodies`): there a text loses its control characters, and an id with one is explained.
"""

import re
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from flask import request
from werkzeug.exceptions import BadRequest, HTTPException

from service.api.operation import PUBLISHER_IDS
from service.errors import Malformed, NotFound

_HOST = re.compile(r"[A-Za-z0-9._\-]{0,255}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
UNREADABLE = "The address or the form contains a NUL character, or bytes that are not UTF-8. Remove them."


def refuse_unreadable() -> None:
    """Raise Malformed or NotFound for a request of which a part cannot be stored as text."""
    if not _is_host(request.headers.get("Host", "")):
        raise Malformed("The header Host is not the name or the address of a host.")
    explained = PUBLISHER_IDS if request.blueprint == "api" else ()
    for name, value in (request.view_args or {}).items():
        if name not in explained and "\0" in str(value):
            raise NotFound("There is nothing at this address.")
    if request.query_string and not _is_text(request.query_string):
        raise Malformed(UNREADABLE)
    if request.blueprint == "console" and request.method not in ("GET", "HEAD", "OPTIONS"):
        is_encoded = request.mimetype == "application/x-www-form-urlencoded"
        if is_encoded and not _is_text(request.get_data(cache=True)):
            raise Malformed(UNREADABLE)
        if any("\0" in part for pair in request.form.items(multi=True) for part in pair):
            raise Malformed(UNREADABLE)


def guard_body(environ: WSGIEnvironment, /) -> None:
    """Make what the server finds wrong with a body while it is read a 400: a chunk without a size, a broken connection.

    Servers raise errors of their own for it, which would look like faults of ours.
    """
    environ["wsgi.input"] = _Guarded(environ["wsgi.input"])


class _Guarded:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except HTTPException:
            raise
        except Exception:
            raise BadRequest("The body ended early, or its chunks are not valid.") from None


def _is_host(host: str) -> bool:
    """Whether addresses can be made with it: Werkzeug fails on names that are no names, such as "xn--"."""
    if not _HOST.fullmatch(host):
        return False
    try:
        return bool(host.encode().decode("idna")) or not host
    except UnicodeError:
        return False


def _is_text(encoded: bytes) -> bool:
    try:
        return "\0" not in unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False
