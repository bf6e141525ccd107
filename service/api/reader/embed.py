"""The form's own scripts, for a page on any site: `<script type="module" src="…/embed/comment-form.js">`.

They lie in `integrations/form/`; an installed package has a copy beside this file. Only files found there are served.
"""

from pathlib import Path

from flask import Flask, Response, abort, request
from werkzeug.http import quote_etag

from service.api import openapi

INSTALLED, IN_THE_CHECKOUT = Path(__file__).parent / "form", Path(__file__).parents[3] / "integrations" / "form"
HEADERS = {
    "Access-Control-Allow-Origin": "*",  # modules are fetched with an Origin, and have no secrets
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600",
}


def register(app: Flask) -> None:
    """Serve the scripts from `app`."""
    app.add_url_rule("/embed/<name>", "embed.script", _script)


def folder() -> Path:
    """Return where the scripts lie."""
    return INSTALLED if INSTALLED.is_dir() else IN_THE_CHECKOUT


def _script(name: str) -> Response:
    found = next((path for path in folder().glob("*.js") if path.name == name), None)
    if found is None:
        abort(404)
    content = found.read_bytes()
    etag = openapi.digest(content)
    is_known = request.if_none_match.contains_weak(etag)
    response = Response(status=304) if is_known else Response(content, content_type="text/javascript; charset=utf-8")
    response.headers.update(HEADERS | {"ETag": quote_etag(etag)})
    return response
