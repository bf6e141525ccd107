"""Rules of health checks, headers and log lines."""

import io
import json
import logging
from pathlib import Path

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from service import log
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.queues import Queues
from tests.service.api.conftest import LONG_ENOUGH, Caller


def test_a_process_that_answers_is_alive_whatever_is_away(settings: Settings) -> None:
    lost = Database("postgresql://nobody@127.0.0.1:1/none")
    client = create_app(settings, database=lost, queues=Queues("unix:///nowhere/r.sock")).test_client()
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["checks"]["database"] == "down"


def test_a_migrated_database_and_redis_are_ready(client: FlaskClient) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json() == {
        "status": "ok",
        "checks": {"database": "ok", "writes": "ok", "migrations": "ok", "redis": "ok"},
    }


def test_without_redis_it_is_degraded_and_still_ready(settings: Settings, database: Database) -> None:
    client = create_app(settings, database=database, queues=Queues("unix:///nowhere/r.sock")).test_client()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "degraded")


def test_a_database_that_was_not_migrated_is_not_ready(settings: Settings, queues: Queues, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    ready = create_app(settings, database=empty, queues=queues).test_client().get("/readyz")
    empty.dispose()
    assert ready.status_code == 503
    assert ready.get_json()["checks"]["migrations"] == "behind"


def test_every_answer_carries_the_security_headers(client: FlaskClient, call: Caller) -> None:
    for answer in (client.get("/healthz"), client.get("/nowhere"), call("GET", "/v1/policy"), client.get("/docs")):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Request-Id"]
        assert "Set-Cookie" not in answer.headers


@pytest.fixture
def lines(app: Flask, settings: Settings) -> io.StringIO:
    """Everything that is logged, as it would stand in standard error."""
    log.configure(settings.model_copy(update={"log_format": "json", "log_level": "debug"}))
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream


def test_log_lines_have_ids_and_never_text_keys_or_authors(call: Caller, lines: io.StringIO) -> None:
    call.send("c1", author={"id": "u1", "name": "Ada Lovelace"})
    call.send("c1", LONG_ENOUGH + " other")
    call.send("c2", "short secret")
    call("GET", "/v1/comments?author_id=u1")
    call("POST", "/v1/comments", data=LONG_ENOUGH.encode(), content_type="application/json")
    written = lines.getvalue()
    requests = [line for line in map(json.loads, written.splitlines()) if line["event"] == "request"]
    assert [line["status"] for line in requests] == [202, 409, 422, 200, 400]
    assert all({"request_id", "site_id", "milliseconds", "route", "ts"} <= set(line) for line in requests)
    for forbidden in (LONG_ENOUGH[:20], "secret", "Ada", call.key, call.key[17:40]):
        assert forbidden not in written


def test_an_unexpected_error_is_a_500_that_tells_nothing_and_a_log_line_that_tells_where(
    app: Flask, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RuntimeError(f"cannot bear {LONG_ENOUGH}")

    monkeypatch.setitem(app.view_functions, "health.alive", fail)
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "internal"
    written = lines.getvalue()
    assert LONG_ENOUGH not in written + answer.text
    assert "RuntimeError" in written
    assert Path(__file__).name in written


def test_fields_that_could_carry_text_are_dropped(lines: io.StringIO) -> None:
    structlog.get_logger().info("event", text=LONG_ENOUGH, authorization="Bearer x", comment_id="c1")
    assert set(json.loads(lines.getvalue())) == {"event", "comment_id", "level", "ts"}


def test_an_unexpected_error_in_the_console_is_a_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_values: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setitem(app.view_functions, "console.nowhere", fail)
    answer = app.test_client().get("/console/broken")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "broken" not in answer.text
