"""Whether the process answers (/healthz) and whether it can do its work (/readyz); neither needs a key.

Redis is not needed to be ready: comments are stored without it, and classified when it is back.
"""

import json
from typing import Any

import structlog
from flask import Flask, Response
from sqlalchemy import text

from service import migrations
from service.api import keeper
from service.context import Context, context

log = structlog.get_logger()


def register(app: Flask) -> None:
    app.add_url_rule("/healthz", "health.alive", _alive)
    app.add_url_rule("/readyz", "health.ready", _ready)


def _alive() -> Response:
    return _json({"status": "ok"}, 200)


def _ready() -> Response:
    # A second's memory: probes of several load balancers must not add up to load.
    checks: dict[str, str] = keeper.current().counts.get("ready", lambda: _checks(context()))
    if not context().queues.worth_trying():  # known without asking, so never a second late
        checks = checks | {"redis": "down"}
    # While a later version takes over, the schema is ahead of this one, which goes on answering.
    ready = checks["database"] == checks["writes"] == "ok" and checks["migrations"] in ("ok", "ahead")
    status = "unready" if not ready else "ok" if checks["redis"] == "ok" else "degraded"
    return _json({"status": status, "checks": checks}, 200 if ready else 503)


def _checks(ours: Context) -> dict[str, str]:
    checks = {"database": "down", "writes": "unknown", "migrations": "unknown"}
    checks["redis"] = "ok" if redis_answers(ours) else "down"
    try:
        with ours.database.read() as session:
            session.execute(text("SELECT 1"))
        checks["database"] = "ok"
        checks["writes"] = "ok" if ours.database.takes_writes() else "refused"
        checks["migrations"] = migrations.schema_state(ours.database)
    except Exception as error:  # whatever the driver raises, the answer is "not ready" and not an error page
        log.warning("not_ready", error=type(error).__name__)
    return checks


def redis_answers(ours: Context, /) -> bool:
    """Whether Redis answers; it is not asked again within a second of an error."""
    return ours.queues.worth_trying() and ours.queues.alive()


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
