"""The web application: API and console over one context, with request ids, security headers and access lines.

`create_app` opens no connection and starts no thread, so that it can be imported by a server that forks afterwards.
"""

import re
import time

import structlog
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from service import api, console, inputs, log
from service.api import keeper, problems
from service.api.parking import PARKING, Parked, Parking
from service.console.blueprint import error_page
from service.context import EXTENSION, Context
from service.db import OUT_OF_ORDER, Database, new_id
from service.errors import Problem, Unavailable
from service.installation.settings import Settings
from service.installation.storage import open_database
from service.metrics import route as metrics_route
from service.queues import Queues
from service.routing import Application

access = structlog.get_logger("service.access")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def create_app(settings: Settings, *, database: Database | None = None, queues: Queues | None = None) -> Flask:
    """Return the application; `database` and `queues` are made from the settings unless given."""
    app = with_routes()
    ours = Context(
        settings,
        database or open_database(settings, pool_size=settings.web_threads),
        queues or Queues(settings.effective_redis_url),
    )
    equip(app, ours)
    return app


def with_routes() -> Flask:
    """Return an application with every route and none of the parts that answer them."""
    app = Application("service")
    app.before_request(_begin)
    app.before_request(inputs.refuse_unreadable)
    app.after_request(_finish)
    app.teardown_request(_forget)
    problems.register(app)
    for kind in OUT_OF_ORDER:
        app.register_error_handler(kind, _database_out_of_order)
    app.register_error_handler(Parked, lambda _parked: Response(status=202))
    app.register_error_handler(Exception, _unexpected)
    api.register(app)
    metrics_route.register(app)
    console.register(app)
    return app


def equip(app: Flask, ours: Context, /) -> None:
    """Give the application the parts that its requests use; everything that depends on settings is here."""
    settings = ours.settings
    log.configure(settings)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.config["SECRET_KEY"] = settings.effective_secret_key
    if settings.trusted_hosts:
        app.config["TRUSTED_HOSTS"] = [host.strip() for host in settings.trusted_hosts.split(",") if host.strip()]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops
        )
    app.extensions[EXTENSION] = ours
    keeper.install(app, ours)
    metrics_route.install(app, ours)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else new_id()
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if (rate := g.get("rate")) is not None:
        headers["RateLimit-Limit"], headers["RateLimit-Remaining"], headers["RateLimit-Reset"] = map(str, rate)
    parking: Parking | None = request.environ.get(PARKING)
    if parking is not None and parking.wait is not None:
        return response  # thrown away; the request is answered, and logged, when it is run again
    key = g.get("key")
    access.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        site_id=key.site_id if key else None,
        milliseconds=round((time.perf_counter() - g.started) * 1000, 2),
    )
    return response


def _database_out_of_order(error: Exception) -> ResponseReturnValue:
    access.error("database_out_of_order", exc_info=error)
    return problems.respond(
        Unavailable(
            "The database cannot do this just now. Send the same again: what was stored is not stored twice.",
            retry_after=5,
        )
    )


def _unexpected(error: Exception) -> ResponseReturnValue:
    access.error("unexpected_error", exc_info=error)
    problem = Problem("The request was understood, but we failed on it; the log has it under this request id.")
    return error_page(problem) if request.blueprint == "console" else problems.respond(problem)


def _forget(_error: BaseException | None) -> None:
    # The thread's next lines may belong to no request at all.
    structlog.contextvars.clear_contextvars()
