"""Ids as they travel over real sockets: through the web server, and through nginx in front of it."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.accounts import keys
from service.db import Database
from service.models import Site
from tests.service.api.conftest import LONG_ENOUGH
from tests.support.nasty_ids import LARGEST, NASTY, plainest, segment
from tests.support.nginx import NGINX, proxy
from tests.support.services import Services

pytestmark = pytest.mark.one_database
Ask = Callable[..., tuple[int, Any]]
DIRECT, BEHIND_NGINX = "direct", "nginx"


@pytest.fixture(params=[DIRECT, BEHIND_NGINX])
def address(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> Iterator[str]:
    """The address that callers know, of the server itself or of the proxy."""
    served = services.web(MODERATO_RATE_LIMIT_PER_MINUTE="1000000", WEB_CONCURRENCY="1")
    if request.param == DIRECT:
        yield served
        return
    if NGINX is None:
        pytest.skip("no nginx on this machine")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with proxy(NGINX, served, folder) as behind:
        yield behind


@pytest.fixture
def ask(address: str, database: Database, site: Site) -> Iterator[Ask]:
    """What sends a request over one kept connection, the address exactly as given, and returns status and JSON."""
    with database.write() as session:
        key = keys.create(session, site.id, "cms")

    def send(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)) as connection:
        yield send


def test_every_id_arrives_as_it_was_sent(ask: Ask, services: Services) -> None:
    for number, one in enumerate(NASTY):
        comment = {"id": one, "text": f"{LONG_ENOUGH} Number {number}.", "author": {"id": one}, "article_id": one}
        assert ask("POST", "/v1/comments", comment)[0] == 202, one
    for number, one in enumerate(NASTY):
        for path in {segment(one), plainest(one)}:
            status, found = ask("GET", f"/v1/comments/{path}")
            assert (status, found) == (200, found | {"id": one, "article_id": one}), (one, found)
            assert found["text"].endswith(f"Number {number}.")
        status, listed = ask("GET", f"/v1/comments?author_id={segment(one)}")
        assert (status, [comment["id"] for comment in listed["comments"]]) == (200, [one]), one
        assert ask("GET", f"/v1/comments/{segment(one)}/appeals") == (200, {"appeals": []}), one
        assert ask("GET", f"/v1/articles/{segment(one)}")[1]["id"] == one
        assert ask("GET", f"/v1/authors/{segment(one)}")[1]["id"] == one
    assert ask("GET", "http://127.0.0.1/v1/comments/a%2Fb")[1]["id"] == "a/b", "the absolute form, as sent to proxies"
    for line in services.output().splitlines():
        assert json.loads(line), "whatever the id, the log has whole lines"


def test_the_largest_id_fits_into_the_longest_address(ask: Ask) -> None:
    status, problem = ask("POST", f"/v1/comments/{segment(LARGEST)}/decisions?{'x' * 900}", {})
    assert (status, problem["code"]) == (422, "invalid")
