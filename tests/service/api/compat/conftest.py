"""Clients of other software, as they have it: the real application with the shipped models behind it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import keys
from service.accounts.perspective import DEFAULT, Terms
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from tests.support.interactive import worker
from tests.support.quicker import application
from workers.classifiers import facade
from workers.classifiers.facade import LoadedClassifiers

PATIENT = 10_000  # ms: a busy machine takes its time


@dataclass(frozen=True)
class Perspective:
    """A client of the Perspective API with a key of a site."""

    client: FlaskClient
    database: Database
    queues: Queues
    site: Site
    key: str

    def post(self, method: str, body: Any = None, *, query: str = "", **options: Any) -> TestResponse:
        path = f"/v1alpha1/comments:{method}?key={self.key}{query}"
        return self.client.post(path, **({"data": json.dumps(body)} if body is not None else {}), **options)

    def analyze(self, text: str, *attributes: str, **fields: Any) -> TestResponse:
        wanted = {name: {} for name in attributes or ("TOXICITY",)}
        return self.post("analyze", {"comment": {"text": text}, "requestedAttributes": wanted} | fields)

    def with_terms(self, terms: Terms) -> "Perspective":
        """Return a client of the same site whose key has other terms."""
        with self.database.write() as session:
            key = keys.create(session, self.site.id, "with terms", perspective=terms)
        return Perspective(self.client, self.database, self.queues, self.site, key)


@pytest.fixture(scope="session")
def classifiers() -> LoadedClassifiers:
    return facade.load()


@pytest.fixture(scope="module")
def perspective(
    _sqlite_template: Path,
    redis_server_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    classifiers: LoadedClassifiers,
) -> Iterator[Perspective]:
    """A client for one file of tests, with a worker that answers."""
    path = tmp_path_factory.mktemp("perspective") / "moderato.db"
    shutil.copyfile(_sqlite_template, path)
    settings = Settings(data_dir=path.parent, redis_url=redis_server_url, score_deadline_ms=PATIENT)
    database, queues = Database(f"sqlite:///{path}"), Queues(redis_server_url)
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
        session.flush()
        key = keys.create(session, site.id, "perspective", perspective=DEFAULT)
    app = application(settings, database, queues)
    with worker(settings, database, queues, classifiers):
        yield Perspective(app.test_client(), database, queues, site, key)
    database.dispose()
    queues.redis.close()
