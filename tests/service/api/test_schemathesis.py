"""The description against the service: requests made from it find no 5xx and no answer that it does not know.

The requests are the same in every run. Both kinds are made: such as the description allows, and such as it forbids.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from service.accounts import keys
from service.api import openapi
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from service.vocabulary import Scope
from tests.service.api.conftest import Caller, caller
from tests.service.api.v1.test_score import worker
from tests.support.classifiers import ScriptedClassifiers

NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
)


@pytest.fixture(scope="module")
def served(_sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A service with a worker that scores, so that no answer is 503 for want of one."""
    path = tmp_path_factory.mktemp("schemathesis") / "moderato.db"
    shutil.copyfile(_sqlite_template, path)
    ours = Settings(
        data_dir=path.parent,
        redis_url=redis_server_url,
        rate_limit_per_minute=1_000_000,
        score_deadline_ms=10_000,
        reader_comments_per_minute=1_000_000,
    )
    database, queues = Database(f"sqlite:///{path}"), Queues(redis_server_url)
    with database.write() as session:
        site = Site(slug="schema", name="Schema")
        session.add(site)
        session.flush()
        form_key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,))
    relay.app = create_app(ours, database=database, queues=queues)
    with worker(ours, database, queues, ScriptedClassifiers()):
        yield replace(caller(relay.app, database, site), form_key=form_key)
    database.dispose()
    queues.redis.close()


class Relay:
    """The application that is there when a request is made: the description is needed earlier, to make the tests."""

    app: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self.app is not None
        return self.app(environ, start_response)


relay = Relay()
schema = schemathesis.openapi.from_dict(openapi.document())
schema.app = relay
schema.config.generation.with_security_parameters = False  # keys are given in the header alone
# Beside the statuses that it knows, too large a body is a right answer to one that is wrong because of its size.
schema.config.checks.negative_data_rejection.expected_statuses = ["400", "401", "404", "409", "413", "415", "422"]


@schema.parametrize()
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_what_the_description_says_holds(case: schemathesis.Case, served: Caller) -> None:
    names = set(NAMES)
    if case.operation.path == "/v1/comments/batch":
        names.discard("negative_data_rejection")  # each comment is refused on its own: the batch is a 200
    checks = CHECKS.get_by_names(sorted(names))
    key = served.form_key if case.operation.path.startswith("/v1/reader/") else served.key
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=checks)
