"""A reader's browser on a page of the gazette: a key that may only submit, the page's origin, JSON or a plain form."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import keys
from service.accounts.perspective import Terms
from service.api import keeper
from service.db import Database
from service.models import Site
from service.vocabulary import Scope
from tests.service.api.conftest import LONG_ENOUGH

ORIGIN = "https://gazette.example"
BASE = "/v1/reader/comments"


@dataclass(frozen=True)
class Reader:
    """A browser that shows a page of `origin`; without one, a program."""

    app: Flask
    key: str
    origin: str | None = ORIGIN
    address: str = "192.0.2.7"
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", self.app.test_client())

    def __call__(self, method: str, path: str = "", *, query: str = "", **options: Any) -> TestResponse:
        headers = {"Origin": self.origin} if self.origin else {}
        return self.client.open(
            f"{BASE}{path}?key={self.key}{query}",
            method=method,
            headers=headers | options.pop("headers", {}),
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )

    def send(self, text: str = LONG_ENOUGH, **fields: Any) -> TestResponse:
        body = {"article": {"id": "bridge"}, "author": {"name": "Ada"}, "text": text}
        return self("POST", json=body | fields)

    def sent(self, text: str = LONG_ENOUGH, **fields: Any) -> Any:
        answer = self.send(text, **fields)
        assert answer.status_code == 202, answer.text
        return answer.get_json()

    def status(self, receipt: str, query: str = "") -> Any:
        answer = self("GET", f"/{receipt}", query=query)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def comments(self, query: str = "") -> Any:
        keeper.of(self.app).pages.clear()
        answer = self("GET", query=f"&article=bridge{query}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def submit_form(self, **fields: str) -> TestResponse:
        """Send the form as a browser does that has no JavaScript."""
        return self("POST", data={"article": "bridge", "author": "Ada", "text": LONG_ENOUGH} | fields)

    def visit(self, address: str) -> TestResponse:
        """Follow a link or a redirect, as a browser does: without an Origin."""
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}", environ_overrides={"REMOTE_ADDR": self.address})


def form_key(database: Database, site: Site, **terms: Any) -> str:
    """Return a new key as a form has it."""
    with database.write() as session:
        given = Terms(**({"origins": (ORIGIN,)} | terms))
        return keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,), perspective=given)


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"MODERATO_READER_COMMENTS_PER_MINUTE": "1000"}


@pytest.fixture
def reader(app: Flask, database: Database, site: Site) -> Reader:
    return Reader(app, form_key(database, site))
