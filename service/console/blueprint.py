"""The console's blueprint, on which every page registers itself: its headers, its CSRF check, its error pages.

The policy for scripts and styles allows only our own files: no inline script or style and no eval, in any template.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

import structlog
from flask import Blueprint, Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from service.console import returned_forms
from service.console.saying import said
from service.db import OUT_OF_ORDER
from service.errors import Forbidden, NotFound, Problem, TooLarge, Unavailable
from service.sentences import N_

log = structlog.get_logger()
console = Blueprint(
    "console",
    __name__,
    url_prefix="/console",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)
csrf = CSRFProtect()

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


@console.url_value_preprocessor
def _take_site(_endpoint: str | None, values: dict[str, object] | None) -> None:
    # Views do not take the site as an argument: `access.require` looks it up and checks the membership.
    g.site_slug = values.pop("site", None) if values else None


@console.url_defaults
def _give_site(endpoint: str, values: dict[str, object]) -> None:
    from flask import current_app

    slug = g.get("site_slug")
    if slug and "site" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "site"):
        values["site"] = slug


@console.before_request
def _refuse_foreign_forms() -> None:
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("The form was sent from another site. Open the console itself and try again.")
    csrf.protect()


@console.after_request
def _add_headers(response: Response) -> Response:
    # Only what differs from the headers that the application adds to every answer.
    response.headers["Referrer-Policy"] = "same-origin"  # Flask-WTF checks the referrer of forms over HTTPS
    if request.endpoint == "console.static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@console.errorhandler(Problem)
def _show_problem(problem: Problem) -> ResponseReturnValue:
    return returned_forms.page(problem) or error_page(problem)


@console.errorhandler(HTTPException)
def _show_http_error(error: HTTPException) -> ResponseReturnValue:
    # Only what Flask itself raises below /console comes here: a wrong method, a body that is too large.
    if isinstance(error, RequestEntityTooLarge):
        return error_page(TooLarge(N_("The form, or the file in it, is too large. Nothing was saved.")))
    description = error.description or ""
    return error_page(Problem(description), status=error.code or 500, title=error.name)


@console.errorhandler(Exception)
def _show_unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected_error", exc_info=error)
    if isinstance(error, OUT_OF_ORDER):
        return error_page(Unavailable("The database cannot do this just now. Try again in a moment.", retry_after=5))
    return error_page(Problem("We failed on this request; the log has it under this request's id."))


def error_page(problem: Problem, *, status: int | None = None, title: str | None = None) -> Response:
    """Return `problem` as a page, or as a fragment for an htmx request, which shows it as a notice."""
    from service.console import access

    status = status or problem.status
    if status < 500:  # what is refused early was not looked at by a view's rule; faults of ours make no more work
        access.try_to_recognise()  # for the visitor's language
    if request.accept_mimetypes.best == "application/json":
        told = {"title": said(title or problem.title), "detail": said(problem.detail), **problem.extra}
        return make_response(told, status)
    fragment = request.headers.get("HX-Request") == "true"
    template = "console/error_fragment.html" if fragment else "console/error.html"
    page = render_template(template, problem=problem, status=status, title=said(title or problem.title))
    response = make_response(page, status)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


@console.route("/<path:_rest>", methods=["GET", "POST"])
def nowhere(_rest: str) -> ResponseReturnValue:
    """Answer unknown addresses below /console with the console's error page."""
    raise NotFound("The console has no such page.")


def asset(filename: str) -> str:
    """Return the address of a static file with its digest, so that browsers may cache it for ever."""
    from flask import url_for

    return url_for("console.static", filename=filename, v=_digest(filename))


@lru_cache(maxsize=64)
def _digest(filename: str) -> str:
    assert console.static_folder
    return hashlib.sha256((Path(console.static_folder) / filename).read_bytes()).hexdigest()[:12]


def prepare(app: Flask) -> None:
    """Set up the cookie and the CSRF check, for the console alone."""
    from service.console.cookie import ConsoleCookie

    app.session_interface = ConsoleCookie()
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in: a moderator keeps one page open for hours
        WTF_CSRF_SSL_STRICT=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    csrf.init_app(app)
