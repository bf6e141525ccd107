"""The addresses of the Comment Analyzer, as Google has them; a colon or a dollar sign may come percent-encoded.

They are described by their own discovery document, not by openapi.json, and version 1's headers, bodies and errors do
not apply here.
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote

from flask import Flask, Response, request

from service.api import cors, keeper
from service.api.compat.perspective import batch, bodies, calls, discovery
from service.api.compat.perspective.calls import Answered, Sent
from service.api.compat.perspective.errors import Refusal
from service.api.cors import Sharing
from service.context import Context, context

JSON = "application/json; charset=UTF-8"
BATCHES = ("/batch", "/batch/commentanalyzer/v1alpha1")
SHARING = Sharing(
    "authorization, content-type, x-goog-api-client, x-goog-api-key, x-goog-encode-response-if-executable, "
    "x-javascript-user-agent, x-requested-with",
    credentials=True,
)


def register(app: Flask, /) -> None:
    """Serve the Comment Analyzer from `app`."""
    # Rules are matched against the encoded path (service/routing.py).
    for path, method in [*((path, "POST") for path in calls.METHODS), (discovery.PATH, "GET")]:
        rule = path.replace(":", "%3A").replace("$", "%24")
        app.add_url_rule(rule, f"perspective.{path}", partial(_serve, path), methods=[method, "OPTIONS"])
    for path in BATCHES:
        app.add_url_rule(path, f"perspective.{path}", _serve_batch, methods=["POST", "OPTIONS"])


def _serve(path: str) -> Response:
    ours, sent = context(), _sent(path)
    if request.method == "OPTIONS":
        return _preflight(sent, ours)
    answered = calls.answer(sent, ours, keeper.current(), root=_root(ours))
    return _respond(answered, cors.headers(_origin(), answered.key, SHARING))


def _serve_batch() -> Response:
    ours, kept = context(), keeper.current()
    if request.method == "OPTIONS":
        return _preflight(_sent(request.path), ours)
    found: list[Mapping[str, str]] = []

    def answering(sent: Sent) -> Answered:
        answered = calls.answer(sent, ours, kept, root=_root(ours))
        found.append(cors.headers(_origin(), answered.key, SHARING))
        return answered

    try:
        content_type, content = batch.answer(request.headers.get("Content-Type", ""), bodies.read(request), answering)
    except Refusal as refusal:
        return _respond(Answered(refusal.code, calls.written(refusal.as_object(), pretty=True)), {"Vary": "Origin"})
    response = Response(content, content_type=content_type)
    response.headers.update(min(found, key=len, default={"Vary": "Origin"}))  # what the key of each part allows
    return response


def _preflight(sent: Sent, ours: Context) -> Response:
    kept = keeper.current()
    key = kept.keyring.verify(sent.presented) if sent.presented else None
    response = Response(status=204)
    response.headers.update(cors.preflight(_origin(), key, SHARING, ours, kept))
    return response


def _sent(path: str) -> Sent:
    return Sent(
        method=request.method,
        path=unquote(path),
        args=request.args,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=partial(bodies.read, request),
    )


def _origin() -> str:
    return request.headers.get("Origin", "")


def _root(ours: Context) -> str:
    return (ours.settings.public_url or request.url_root).rstrip("/") + "/"


def _respond(answered: Answered, cors_headers: Mapping[str, str]) -> Response:
    response = Response(answered.content, status=answered.status, content_type=JSON)
    response.headers.update(answered.headers)
    response.headers.update(cors_headers)
    return response
