"""Finds the route by the address as it was sent, so that an id may contain a slash.

WSGI decodes the path before anybody sees it, and `/v1/comments/a%2Fdecisions` would become the decisions of `a`. The
servers that we know also pass on what came in: our front as RAW_URI, as Werkzeug's test client does, others as
REQUEST_URI. Under a server that passes on neither, only ids with a slash are not found.
"""

from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request
from werkzeug.routing import IntegerConverter, Map, MapAdapter, UnicodeConverter, ValidationError

from service.moderation.text.publisher_ids import in_path


class Segment(UnicodeConverter):
    """One segment of a path, percent-encoded in the address and decoded for the view."""

    def to_python(self, value: str) -> str:
        try:
            return unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            raise ValidationError from None

    def to_url(self, value: str) -> str:
        return in_path(str(value))


class Number(IntegerConverter):
    """A whole number that an integer column can hold; the address of a larger one is of nothing."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


class Application(Flask):
    """Flask, with routes matched against the encoded path."""

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None, template_folder=None)
        self.url_map.converters |= {"default": Segment, "int": Number}
        self.url_map.merge_slashes = False  # the redirect would encode the path a second time

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        adapter = super().create_url_adapter(request)
        if adapter is not None and request is not None:
            adapter.path_info = encoded_path(request.environ)
        return adapter


def encoded_path(environ: WSGIEnvironment, /) -> str:
    """Return the path with every segment percent-encoded in one way, whatever the client chose to encode."""
    decoded = environ.get("PATH_INFO", "").encode("latin-1")
    sent = _sent_path(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    mounted_at = quote(environ.get("SCRIPT_NAME", "").encode("latin-1"))
    for path in (sent, sent.removeprefix(mounted_at)):
        # A path that a proxy has rewritten counts as rewritten.
        if unquote_to_bytes(path) == decoded:
            return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in path.split("/"))
    return quote(decoded)


def _sent_path(target: str) -> str:
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):  # the absolute form, as sent to a proxy
        path = "/" + path.partition("://")[2].partition("/")[2]
    return quote(path.encode("latin-1"), safe="/%")
