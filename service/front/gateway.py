"""From a whole request to WSGI and back to a whole answer; every server's own way of doing this waits for the client.

asgiref and a2wsgi keep a thread while the body arrives or while the answer is being read, which is what the front is
there to avoid.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

Scope = dict[str, Any]


@dataclass(frozen=True)
class WholeAnswer:
    """An answer whose body is complete."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def environ(scope: Scope, body: bytes, /, *, length: int) -> WSGIEnvironment:
    """Return the WSGI environment of a request; `length` is what was announced, or read where nothing was."""
    target, query = scope["raw_path"], scope["query_string"]
    path = target
    if not path.startswith(b"/"):  # the absolute form, as sent to a proxy
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    host, port = scope["server"] or ("", 0)
    made: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": (target + (b"?" + query if query else b"")).decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        # With an underscore it could pass for another header (X_Forwarded_For); the length is counted here.
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        variable = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        joint = "; " if name == "cookie" else ","
        made[variable] = f"{made[variable]}{joint}{value}" if variable in made else value
    if length or scope["method"] in ("POST", "PUT", "PATCH"):
        made["CONTENT_LENGTH"] = str(length)
    return made


def call(application: WSGIApplication, given: WSGIEnvironment, hand_over: Callable[[WholeAnswer], object], /) -> None:
    """Run the application, hand over its whole answer, and do what it left until after the answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _fault: object = None) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return written.append

    parts = application(given, start_response)
    try:
        body = b"".join(parts)
        status, headers = started[0]
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        hand_over(WholeAnswer(int(status[:3]), encoded, b"".join(written) + body))
    finally:
        close: Callable[[], object] | None = getattr(parts, "close", None)
        if close is not None:
            close()
