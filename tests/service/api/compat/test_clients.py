"""Real clients, unmodified, against the real web server: each changes one address and nothing else.

A scripted worker answers, in a process that can be killed in the middle of a request.
"""

import hashlib
import hmac
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import akismet
import googleapiclient.discovery
import httpx
import openai
import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from tests.support.nginx import NGINX, proxy
from tests.support.pages_of_docs import blocks
from tests.support.scoring_server import CORAL_SECRET, DEADLINE, Server, serving
from tests.support.services import REPOSITORY, eventually

NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "npm/clients.js"
GOOGLE = "commentanalyzer.googleapis.com"
PACKAGES = REPOSITORY / "build/npm/node_modules"


@pytest.fixture(scope="module")
def server(_sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(_sqlite_template, redis_server_url, tmp_path_factory.mktemp("clients")) as served:
        yield served


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
    assert found["openai"]["flagged"] == [False, True]
    assert (found["openai"]["status"], found["openai"]["code"]) == (400, "image_not_supported")
    assert found["akismet"] == {"verified": True, "nobody": False, "checked": ["ham", "spam"]}


@pytest.fixture(scope="module")
def alias(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A proxy with TLS under Google's name, and its authority: made by the commands of the page for integrators."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("alias")
    commands = blocks(REPOSITORY / "docs/integrators/leaving-perspective.md", "bash")[-1]
    subprocess.run(["bash", "-euc", commands], cwd=folder, check=True, capture_output=True)
    certified = (folder / "analyzer.pem", folder / "analyzer.key")
    with proxy(NGINX, server.url, folder, certified=certified) as address:
        yield address.removeprefix("https://"), folder / "authority.pem"


def test_the_quick_start_with_googles_own_address_behind_a_dns_alias(server: Server, alias: tuple[str, Path]) -> None:
    place, authority = alias
    quick_start = (
        'curl -sS -H "Content-Type: application/json" --data \'{comment: {text: "what kind of awful name is foo?"}, '
        """languages: ["en"], requestedAttributes: {TOXICITY:{}} }' """
        f"https://{GOOGLE}/v1alpha1/comments:analyze?key={server.key}"
    )
    through = f' --cacert {authority} --connect-to "{GOOGLE}:443:{place}"'
    done = subprocess.run(["bash", "-c", quick_start + through], capture_output=True, text=True, timeout=60)
    assert value(json.loads(done.stdout)) == 0.99, done.stderr


@pytest.mark.skipif(NODE is None, reason="node is not installed; .ci/run installs it")
@pytest.mark.skipif(not PACKAGES.exists(), reason="the packages are not installed; run: make build/npm")
def test_a_client_on_npm_with_googles_address_in_its_code_behind_a_dns_alias(
    server: Server, alias: tuple[str, Path]
) -> None:
    assert NODE is not None
    place, authority = alias
    trusting = {"NODE_PATH": str(PACKAGES), "NODE_EXTRA_CA_CERTS": str(authority), "ALIAS": f"{GOOGLE}={place}"}
    command = [NODE, "--require", SCRIPT.with_name("alias.js"), SCRIPT.with_name("hard_coded.js"), server.key]
    done = subprocess.run(command, env=trusting, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert value(json.loads(done.stdout)) == 0.99


def test_openais_library_for_python(server: Server) -> None:
    with openai.OpenAI(api_key=server.key, base_url=f"{server.url}/v1", max_retries=0) as client:
        answer = client.moderations.create(input=["A fine evening.", "An awful comment."])
        assert [result.flagged for result in answer.results] == [False, True]
        assert answer.results[1].categories.harassment
        assert answer.results[1].category_scores.harassment == 0.99
        assert answer.results[1].categories.sexual_minors is False
        assert answer.results[1].category_applied_input_types.harassment == ["text"]
        image = {"type": "image_url", "image_url": {"url": "https://news.example/a.png"}}
        with pytest.raises(openai.BadRequestError) as refused:
            client.moderations.create(model="omni-moderation-latest", input=[image])  # type: ignore[list-item]
        assert (refused.value.code, refused.value.param) == ("image_not_supported", "input[0]")
    with (
        openai.OpenAI(api_key="sk-nobody", base_url=f"{server.url}/v1", max_retries=0) as nobody,
        pytest.raises(openai.AuthenticationError) as unknown,
    ):
        nobody.moderations.create(input="A fine evening.")
    assert unknown.value.code == "invalid_api_key"


def test_the_client_of_akismet_for_python(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akismet._common._API_URL", server.url)
    config, reader = akismet.Config(key=server.key, url="https://news.example"), "192.0.2.1"
    with akismet.SyncClient(config=config, http_client=httpx.Client(timeout=30)) as client:
        assert client.comment_check(reader, comment_content="A fine evening.") == akismet.CheckResponse.HAM
        assert client.comment_check(reader, comment_content="An awful comment.") == akismet.CheckResponse.SPAM
        assert client.submit_spam(reader, comment_content="A fine evening.")
        assert client.submit_ham(reader, comment_content="An awful comment.")
    unknown = akismet.Config(key="0123456789ab", url="https://news.example")
    with httpx.Client(timeout=30) as http, pytest.raises(akismet.APIKeyError):
        akismet.SyncClient.validated_client(config=unknown, http_client=http)


def asks(server: Server, text: str) -> dict[str, tuple[str, bytes, dict[str, str]]]:
    """Return a request in each contract about the text."""
    bearer = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    analyze = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}
    story, author = {"id": "s", "url": "https://news.example/bridge"}, {"id": "u", "role": "COMMENTER"}
    phase = {"action": "NEW", "comment": {"body": text, "parentID": None}, "author": author, "story": story}
    body = json.dumps(phase, indent=2).encode()
    signature = hmac.new(CORAL_SECRET.encode(), body, hashlib.sha256).hexdigest()
    form = urlencode({"api_key": server.key, "blog": "https://news.example", "comment_content": text}).encode()
    return {
        "perspective": (f"/v1alpha1/comments:analyze?key={server.key}", json.dumps(analyze).encode(), {}),
        "openai": ("/v1/moderations", json.dumps({"input": text}).encode(), bearer),
        "coral": (server.coral, body, {"X-Coral-Signature": f"sha256={signature}"}),
        "akismet": ("/1.1/comment-check", form, {}),
        "discourse": (
            "/api/v1/classify",
            json.dumps({"model": "unbiased", "content": text}).encode(),
            {"X-API-KEY": server.key, "Content-Type": "application/json"},
        ),
    }


LATE = {
    "perspective": (503, '"UNAVAILABLE"'),
    "openai": (503, '"server_error"'),
    "coral": (200, '"PREMOD"'),
    "akismet": (503, "error"),
    "discourse": (503, '"unavailable"'),
}
SCORED = {
    "perspective": (200, "0.99"),
    "openai": (200, '"flagged":true'),
    "coral": (200, '"PREMOD"'),
    "akismet": (200, "true"),
    "discourse": (200, "99.0"),
}


def test_a_worker_that_is_killed_in_the_middle_costs_one_answer_in_each_contract(server: Server) -> None:
    words, counted = "poison in a comment that is as long as the site wants it to be", server.unscored()

    def answered(request: tuple[str, bytes, dict[str, str]]) -> tuple[int, str, float]:
        started = time.monotonic()
        return (*server.post(*request), time.monotonic() - started)

    requests = asks(server, words)
    with ThreadPoolExecutor(len(requests)) as pool:
        late = dict(zip(requests, pool.map(answered, requests.values()), strict=True))
    for contract, (status, said) in LATE.items():
        assert late[contract][0] == status, (contract, late[contract])
        assert said in late[contract][1], (contract, late[contract])
        assert DEADLINE - 0.05 <= late[contract][2] < DEADLINE + 5, contract
    # The figures may be some seconds old, and a count that Redis does not take in time is left out.
    eventually(lambda: counted + 1 < server.unscored() <= counted + len(late), lambda: f"counted {server.unscored()}")
    for role in ("classification", "interactive"):  # the first substitutes for the second
        worker = server.worker(role)
        for contract, request in asks(server, f"An awful comment, and {role} is who has read it this time.").items():
            status, body = server.post(*request)
            assert status == SCORED[contract][0], (role, contract, status, body)
            assert SCORED[contract][1] in body, (role, contract, body)
        if role == "classification":
            server.services.kill(worker)
