"""Real clients, unmodified, against the real web server: each changes one address and nothing else.

A scripted worker answers, in a process that can be killed in the middle of a request.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import googleapiclient.discovery
import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from service.accounts import keys
from service.accounts.perspective import FOR_CLIENTS
from service.db import Database
from service.models import Site
from service.queues import connect
from tests.support.services import REPOSITORY, Services, eventually

DEADLINE = 2.0  # seconds: leaves a busy machine time
NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "npm/clients.js"
PACKAGES = REPOSITORY / "build/npm/node_modules"


@dataclass(frozen=True)
class Server:
    """A running service, a key of its site, and what stops and starts its interactive worker."""

    url: str
    key: str
    services: Services

    def worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.support.scripted_worker", "interactive"]
        process = self.services.start(command, "interactive")
        why = f"the worker is not ready:\n{self.services.output()}"
        eventually(lambda: self.services._has_beat("interactive", process), why)
        return process

    def analyze(self, text: str) -> tuple[int, Any]:
        body = json.dumps({"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}).encode()
        url = f"{self.url}/v1alpha1/comments:analyze?key={self.key}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body), timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture(scope="module")
def server(_sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("clients")
    shutil.copyfile(_sqlite_template, folder / "moderato.db")
    url = f"sqlite:///{folder / 'moderato.db'}"
    with connect(redis_server_url) as redis:
        redis.flushall()  # what other files have counted
    environ = {"DATABASE_URL": url, "REDIS_URL": redis_server_url, "MODERATO_DATA_DIR": str(folder / "var")}
    environ |= {"PATH": "/usr/bin:/bin", "HOME": tempfile.gettempdir(), "PYTHONUNBUFFERED": "1"}
    database = Database(url)
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
        session.flush()
        key = keys.create(session, site.id, "clients", perspective=FOR_CLIENTS)
    services = Services(database, environ, folder)
    try:
        served = Server(services.web(MODERATO_SCORE_DEADLINE_MS=str(round(DEADLINE * 1000))), key, services)
        served.worker()
        yield served
    finally:
        services.stop()
        database.dispose()


@pytest.fixture
def google(server: Server) -> Iterator[Any]:
    """Google's client library; the address of the discovery document is all that changes."""
    with googleapiclient.discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=server.key,
        discoveryServiceUrl=f"{server.url}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
        cache_discovery=False,
    ) as client:
        yield client


def request(text: str, *attributes: str, **fields: Any) -> dict[str, Any]:
    wanted = {name: {} for name in attributes or ("TOXICITY",)}
    return {"comment": {"text": text}, "requestedAttributes": wanted, "languages": ["en"]} | fields


def value(body: Any) -> float:
    return float(body["attributeScores"]["TOXICITY"]["summaryScore"]["value"])


def test_googles_library_for_python_analyzes(google: Any) -> None:
    answer = google.comments().analyze(body=request("An awful comment.", clientToken="t")).execute()
    assert value(answer) == 0.99
    assert answer["clientToken"] == "t"


def test_googles_library_for_python_suggests_a_score(google: Any) -> None:
    suggested = {"TOXICITY": {"summaryScore": {"value": 1}}}
    body = {"comment": {"text": "An awful comment."}, "attributeScores": suggested, "clientToken": "c-9"}
    assert google.comments().suggestscore(body=body).execute() == {"clientToken": "c-9", "detectedLanguages": ["en"]}


def test_googles_library_for_python_reads_the_details_of_an_error(google: Any) -> None:
    with pytest.raises(HttpError) as raised:
        google.comments().analyze(body=request("")).execute()
    assert raised.value.resp.status == 400
    assert raised.value.reason == "Comment must be non-empty."
    assert raised.value.error_details[0]["errorType"] == "COMMENT_EMPTY"


def test_googles_library_for_python_sends_a_batch_of_25(google: Any) -> None:
    found: dict[str, Any] = {}

    def note(request_id: str, answer: Any, error: HttpError | None) -> None:
        found[request_id] = error or answer

    batch: BatchHttpRequest = google.new_batch_http_request(callback=note)
    texts = [f"An awful comment, number {number}: ärger + ‘Ruß’ 😀" for number in range(24)]
    for text in (*texts, ""):
        batch.add(google.comments().analyze(body=request(text)), request_id=f"about {text}")
    batch.execute()
    assert len(found) == 25
    assert [value(found[f"about {text}"]) for text in texts] == [0.99] * 24
    assert isinstance(found["about "], HttpError)
    assert found["about "].error_details[0]["errorType"] == "COMMENT_EMPTY"


def test_perspective_py(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    perspective = pytest.importorskip("perspective", reason="perspective.py is not installed; .ci/run installs it")
    build = googleapiclient.discovery.build

    def elsewhere(*args: Any, **options: Any) -> Any:
        return build(*args, **options | {"discoveryServiceUrl": f"{server.url}/$discovery/rest?version=v1alpha1"})

    monkeypatch.setattr(googleapiclient.discovery, "build", elsewhere)
    client = perspective.Client(token=server.key)
    answer = client.analyze(text="An awful comment.", attributes=["TOXICITY"], language="en")
    client.client.close()
    assert answer["TOXICITY"] == 99.0


@pytest.mark.skipif(NODE is None, reason="node is not installed; .ci/run installs it")
@pytest.mark.skipif(not PACKAGES.exists(), reason="the packages are not installed; run: make build/npm")
def test_the_clients_on_npm(server: Server) -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, SCRIPT, server.url, server.key],
        env={"NODE_PATH": str(PACKAGES)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert value(found["discovered"]["analyzed"]) == 0.99
    assert found["discovered"]["analyzed"]["clientToken"] == "t"
    assert found["discovered"]["suggested"] == {"clientToken": "s", "detectedLanguages": ["en"]}
    assert found["conversationai"] == {"TOXICITY": 0.99}  # it asks for SPAM too, which no model answers
    assert value(found["sloria"]["analyzed"]) == 0.99
    assert found["sloria"]["refused"] == "Comment must be non-empty."


def test_a_worker_that_is_killed_in_the_middle_costs_one_answer(server: Server) -> None:
    started = time.monotonic()
    status, body = server.analyze("poison")
    waited = time.monotonic() - started
    assert (status, body["error"]["status"]) == (503, "UNAVAILABLE")
    assert DEADLINE - 0.05 <= waited < DEADLINE + 5
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        figures = answer.read().decode()
    assert 'moderato_unscored_requests_total{reason="deadline"} 1.0' in figures
    server.worker()
    status, body = server.analyze("An awful comment, at last.")
    assert (status, value(body)) == (200, 0.99)
