"""The API as a caller has it: a client with a key of a site, on a real database and a real Redis."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request, request_finished
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import keys
from service.api.announcements import Expectation
from service.api.operation import OPERATIONS
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from service.vocabulary import Scope
from tests.support.quicker import application

LONG_ENOUGH = "The old bridge was closed twice last winter, so I am glad that the council has voted to rebuild it."


@dataclass(frozen=True)
class Caller:
    """A client that sends its key with everything."""

    client: FlaskClient
    key: str
    form_key: str = ""  # for the routes of readers, which take no key that may do more

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        if self.form_key and path.startswith("/v1/reader/"):
            headers["Authorization"] = f"Bearer {self.form_key}"
        names: list[str | None] = []
        with request_finished.connected_to(lambda _app, **_: names.append(request.endpoint), self.client.application):
            answer = self.client.open(path, method=method, headers=headers, **options)
        expect_declared(answer, names)
        return answer

    def send(self, comment_id: str = "c1", text: str = LONG_ENOUGH, **fields: Any) -> TestResponse:
        return self("POST", "/v1/comments", json={"id": comment_id, "text": text, **fields})


def expect_declared(answer: TestResponse, names: list[str | None]) -> None:
    """Expect the JSON of an answer to have the shape that its operation declares, and nothing besides."""
    if answer.is_json and 200 <= answer.status_code < 300:
        for declared in OPERATIONS:
            _, shape = declared.answers.get(answer.status_code, ("", None))
            if f"api.{declared.name}" in names and shape is not None:
                shape.model_validate(answer.get_json())


@pytest.fixture
def poll_waits(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set as soon as a long poll has found its comment pending and waits for a verdict."""
    waits, wait = threading.Event(), Expectation.wait

    def waited(expectation: Expectation, seconds: float) -> bool:
        waits.set()
        return wait(expectation, seconds)

    monkeypatch.setattr(Expectation, "wait", waited)
    return waits


@pytest.fixture
def app(settings: Settings, database: Database, queues: Queues) -> Flask:
    return application(settings, database, queues)


@pytest.fixture
def call(app: Flask, database: Database, site: Site) -> Caller:
    """A caller with a key of the first site."""
    return caller(app, database, site)


@pytest.fixture
def other_call(app: Flask, database: Database, other_site: Site) -> Caller:
    """A caller with a key of the other site."""
    return caller(app, database, other_site)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    """A client without a key."""
    with app.test_client() as client:
        yield client


def caller(app: Flask, database: Database, site: Site, name: str = "cms") -> Caller:
    with database.write() as session:
        key = keys.create(session, site.id, name)
    return Caller(app.test_client(), key)


@pytest.fixture(scope="session")
def quiet_call(
    _sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    """A caller for requests that are all refused and leave nothing behind, so that many tests may share it."""
    path = tmp_path_factory.mktemp("quiet") / "moderato.db"
    shutil.copyfile(_sqlite_template, path)
    rates = {"rate_limit_per_minute": 1_000_000, "reader_comments_per_minute": 1_000_000}
    settings = Settings(data_dir=path.parent, redis_url=redis_server_url, **rates)
    database = Database(f"sqlite:///{path}")
    queues = Queues(redis_server_url)
    with database.write() as session:
        site = Site(slug="quiet", name="Quiet")
        session.add(site)
        session.flush()
        form_key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,))
    yield replace(caller(create_app(settings, database=database, queues=queues), database, site), form_key=form_key)
    database.dispose()
    queues.redis.close()
