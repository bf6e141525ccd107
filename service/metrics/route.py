"""`/metrics`: without a token only this machine gets an answer, and never through a proxy."""

import hmac
import ipaddress

from flask import Flask, Response, current_app, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from service.context import Context, context
from service.errors import Forbidden
from service.metrics.scrape import Scrape

EXTENSION = "moderato.metrics"


def register(app: Flask, /) -> None:
    """Add `/metrics` to the application."""
    app.add_url_rule("/metrics", "metrics", _answer)


def install(app: Flask, ours: Context, /) -> None:
    """Give the application the memory that it keeps between two scrapes."""
    app.extensions[EXTENSION] = Scrape(ours)


def _answer() -> Response:
    if not _is_allowed(context().settings.metrics_token):
        raise Forbidden("Figures are for this machine, or for who sends MODERATO_METRICS_TOKEN as a bearer token.")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(current_app.extensions[EXTENSION])
    return Response(encode(registry), content_type=content_type)


def _is_allowed(token: str | None) -> bool:
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # Behind a proxy on this machine every request looks local.
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
