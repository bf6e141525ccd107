"""Errors as problem+json (RFC 9457): one shape for everything that goes wrong, never with the caller's text in it."""

import json
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from service.errors import Problem

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: ("malformed", "The request could not be read"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "This address does not take that method"),
    408: ("timeout", "The request took too long to arrive"),
    413: ("too_large", "The body is too large"),
    414: ("address_too_long", "The address is too long"),
    415: ("unsupported_type", "The body is of a kind not accepted here"),
    431: ("headers_too_large", "The headers are too large"),
}


def register(app: Flask) -> None:
    """Make every refusal of the application a problem."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(HTTPException, from_http)


def respond(problem: Problem) -> Response:
    """Return the response that tells of `problem`."""
    response = _response(as_object(problem), problem.status)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="moderato"'
    return response


def as_object(problem: Problem) -> dict[str, Any]:
    """Return the problem as JSON, for a response of its own or for one entry of a batch."""
    found = _object(problem.status, problem.code, problem.title, problem.detail)
    if problem.errors:
        found["errors"] = [asdict(error) for error in problem.errors]
    return found | problem.extra


def from_http(error: HTTPException, /) -> Response:
    """Return the response that says what Flask or Werkzeug refused."""
    status = error.code or 500
    code, title = TITLES.get(status, (f"http_{status}", error.name))
    detail = {
        404: "There is nothing at this address; /docs lists what there is.",
        405: "See the Allow header for what this address takes.",
        413: "The body is larger than this service takes.",
    }.get(status, title + ".")
    response = _response(_object(status, code, title, detail), status)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "Location"):
            response.headers[name] = value
    return response


def _object(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": f"urn:request:{g.get('request_id', 'unknown')}",
    }


def _response(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body, separators=(",", ":")), status=status, content_type=MEDIA_TYPE)
