"""What no request may contain is refused before any view: in addresses, queries, forms, and in the body's own form."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from service.accounts import keys
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.models.moderator import Role
from service.queues import Queues
from tests.support.console import add_moderator, csrf_token, enter, send_sign_in
from tests.support.quicker import application
from tests.support.services import Services

UNREADABLE = {"NUL": "%00", "NUL within": "a%00b", "half an emoji": "%ED%A0%80", "Latin-1": "%E9", "cut": "%F0%9F"}
REVIEW = "/console/sites/gazette/review"
VIEWS = f"{REVIEW}/views"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def app(database: Database, settings: Settings, queues: Queues) -> Flask:
    return application(settings, database, queues)


def test_text_that_cannot_be_stored_is_refused_everywhere(app: Flask, database: Database, site: Site) -> None:
    stranger, caller = app.test_client(), app.test_client()
    token = csrf_token(stranger.get("/console/sign-in"))
    ana = enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))
    as_ana, as_stranger = {"X-CSRFToken": ana.token()}, {"X-CSRFToken": token}
    with database.write() as session:
        key = {"Authorization": f"Bearer {keys.create(session, site.id, 'cms')}"}
    wrong = {}
    for what, bad in UNREADABLE.items():
        sign_in = f"email={bad}&password=x"
        answers = {
            "sign-in": stranger.post("/console/sign-in", data=sign_in, content_type=FORM, headers=as_stranger),
            "form": ana.client.post(VIEWS, data=f"name={bad}&query=x", content_type=FORM, headers=as_ana),
            "name in a form": ana.client.post(VIEWS, data=f"{bad}=x", content_type=FORM, headers=as_ana),
            "search": ana.get(f"{REVIEW}?text={bad}"),
            "query of the API": caller.get(f"/v1/comments?author_id={bad}", headers=key),
            "query of anything": stranger.get(f"/healthz?x={bad}"),
        }
        wrong |= {(what, at): answer.status_code for at, answer in answers.items() if answer.status_code != 400}
    assert wrong == {}


def test_an_address_of_what_cannot_be_is_not_found(app: Flask, database: Database, site: Site) -> None:
    ana = enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))
    token, wrong = ana.token(), {}
    for bad in ("%00", "a%00b", "%ED%A0%80", "9" * 20, "9" * 5_000, "-1"):
        claim = f"/console/sites/gazette/comments/{bad}/claim"
        answers = {path: ana.get(f"/console/sites/gazette/{path}/{bad}") for path in ("comments", "policy/versions")}
        answers["claim"] = ana.client.post(claim, data={"csrf_token": token})
        wrong |= {(bad, at): answer.status_code for at, answer in answers.items() if answer.status_code != 404}
    assert wrong == {}


@pytest.mark.one_database
def test_a_form_in_parts_is_held_to_the_same(app: Flask) -> None:
    stranger = app.test_client()
    token = csrf_token(stranger.get("/console/sign-in"))
    data = {"csrf_token": token, "email": "a\0b", "password": "x"}
    assert stranger.post("/console/sign-in", data=data, content_type="multipart/form-data").status_code == 400


@pytest.mark.one_database
def test_what_can_be_stored_is_taken(app: Flask, database: Database, site: Site) -> None:
    ana = enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))
    assert ana.get(f"{REVIEW}?text=%F0%9F%98%80+%2500+caf%C3%A9").status_code == 200
    assert send_sign_in(app.test_client(), "ana@gazette.example", "wrong \U0001f600").status_code == 401


BROKEN = {
    "no size": b"zz\r\n",
    "negative": b"-5\r\nhello\r\n",
    "beyond any number": b"f" * 40 + b"\r\nhello\r\n",
    "no line end": b"5\r\nhelloworld\r\n0\r\n\r\n",
    "bad extension": b"5;\x01\r\nhello\r\n0\r\n\r\n",
    "bad trailer": b"5\r\nhello\r\n0\r\nno colon\r\n\r\n",
    "cut short": b"5\r\nhe",
}


@pytest.mark.one_database
def test_a_broken_chunk_is_a_bad_request_and_the_next_caller_is_served(
    services: Services, database: Database, site: Site
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    address = services.web()
    port = urlsplit(address).port
    places = {
        "/v1/comments": f"Authorization: Bearer {key}\r\nContent-Type: application/json",
        "/v1/webhooks/" + "0" * 32: "Content-Type: application/json",
        "/console/sign-in": f"Content-Type: {FORM}",
    }
    wrong = {}
    for path, headers in places.items():
        for name, body in BROKEN.items():
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\nTransfer-Encoding: chunked\r\n\r\n"
            with socket.create_connection(("127.0.0.1", port or 0), timeout=20) as connection:
                connection.sendall(head.encode() + body)
                connection.shutdown(socket.SHUT_WR)
                status = connection.makefile("rb").readline()
            if not status.startswith(b"HTTP/1.1 4"):
                wrong[path, name] = status
    assert wrong == {}
    assert '"event": "unexpected_error"' not in services.output()


@pytest.mark.one_database
@pytest.mark.parametrize("trusted", [None, "gazette.example"])
@pytest.mark.parametrize("host", ["xn--", "ex\xffample", "[::1", "a b", "." * 300, "a\0b", "", "a:b:c", "☃"])
def test_a_host_of_odd_bytes_is_no_error_of_ours_and_comes_back_in_no_address(
    settings: Settings, database: Database, queues: Queues, host: str, trusted: str | None
) -> None:
    app = application(settings.model_copy(update={"trusted_hosts": trusted}), database, queues)
    for path in ("/", "/console/sign-in", "/v1/comments", "/$discovery/rest?version=v1alpha1", "/docs"):
        environ = EnvironBuilder(path).get_environ() | {"HTTP_HOST": host}  # past the client, which refuses some
        answered: list[tuple[str, Any]] = []
        body = b"".join(app.wsgi_app(environ, lambda *given, to=answered: to.append(given[:2])))
        ((status, headers),) = answered
        assert int(status[:3]) < 500, (path, body)
        assert not host or all(host not in value for name, value in headers if name == "Location")
