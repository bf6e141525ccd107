"""What no request may contain is refused here, once, before any view: NUL, and bytes that are not UTF-8.

PostgreSQL stores no NUL, SQLite's search reads one as a mistake, and half an emoji is no text to either. JSON has rules
of its own (`service.api.bodies`): there a text loses its control characters, and an id with one is explained. A body
that ends early or whose chunks are broken gets no further than the front (`service.front`).
"""

import re
from urllib.parse import unquote_to_bytes

from flask import request

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
