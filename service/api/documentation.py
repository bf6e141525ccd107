"""The API's description for programs (/openapi.json) and people (/docs), and what each kind of problem means.

The page is Swagger UI, kept in `swagger/` with its version and checksums, so that it works offline and under a policy
that lets no foreign or inline script run.
"""

import html
import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request
from werkzeug.http import quote_etag

from service.api import openapi, problems
from service.api.operation import problems_by_status

FOLDER = Path(__file__).parent / "swagger"
SERVED = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}


def register(app: Flask) -> None:
    """Serve description and documentation; neither needs a key."""
    app.add_url_rule("/openapi.json", "docs.openapi", _openapi)
    app.add_url_rule("/docs", "docs.page", _page)
    app.add_url_rule("/docs/<name>", "docs.asset", _asset)
    app.add_url_rule("/problems/<code>", "docs.problem", _problem)


def _openapi() -> Response:
    return _cached(_described().encode(), "application/json")


def _page() -> Response:
    return _cached(_read("index.html"), "text/html; charset=utf-8")


def _asset(name: str) -> Response:
    if name not in SERVED:
        abort(404)
    return _cached(_read(name), SERVED[name])


def _problem(code: str) -> Response:
    found = {kind.code: (kind.status, kind.title) for kinds in problems_by_status().values() for kind in kinds}
    found |= {name: (status, title) for status, (name, title) in problems.TITLES.items() if name not in found}
    if code not in found:
        abort(404)
    status, title = found[code]
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<h1>{html.escape(title)}</h1><p>Status {status}, code <code>{html.escape(code)}</code>.</p>"
        '<p>Its <code>detail</code> and <code>errors</code> say what would be right. <a href="/docs">API</a></p>'
    )
    return _cached(page.encode(), "text/html; charset=utf-8")


def _cached(content: bytes, content_type: str) -> Response:
    etag = openapi.digest(content)
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        response = Response(content, content_type=content_type)
    response.headers["ETag"] = quote_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _described() -> str:
    return json.dumps(openapi.document(), ensure_ascii=False, separators=(",", ":"))


@cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
