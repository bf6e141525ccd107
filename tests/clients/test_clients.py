"""The clients for Python and TypeScript against one running service, and what their READMEs show."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import NODE, TOOLS, Service
from tests.support.client import Client
from tests.support.comments import TEXT
from tests.support.pages_of_docs import blocks
from tests.support.services import REPOSITORY, eventually

PYTHON, TYPESCRIPT = (REPOSITORY / f"clients/{name}/README.md" for name in ("python", "typescript"))
JOURNEY = Path(__file__).with_name("journey.ts")
LATER = (
    "The ferry was on time every morning of last week, which nobody at the landing had expected.",
    "Drivers of vans should pay for the repair of the piers as well, since they wear them down.",
    "My grandmother remembers when the town decided to build the second lock in only four months.",
)
in_python = pytest.mark.usefixtures("importable")
pytestmark = pytest.mark.timeout(400)  # both packages are built, which takes minutes on a busy machine


@in_python
def test_in_python_a_comment_is_sent_judged_and_listed(service: Service) -> None:
    from moderato_client.api.comments import get_comment, list_comments, send_comment
    from moderato_client.calls import connect, expect
    from moderato_client.models import CommentBody, CommentStatus, Receipt, Verdict

    with connect(service.url, service.key) as moderato:
        comment = CommentBody(id="a/ß 1", article_id="bridge", text=TEXT)
        receipt = expect(send_comment.sync(client=moderato, body=comment))
        assert isinstance(receipt, Receipt)
        assert (receipt.id, receipt.status, receipt.verdict) == ("a/ß 1", CommentStatus.PENDING, None)
        judged = expect(get_comment.sync("a/ß 1", client=moderato, wait=20))
        assert (judged.status, judged.verdict) == (CommentStatus.APPROVED, Verdict.APPROVE)
        assert judged.scores["toxicity"].classifier == "scripted"
        page = expect(list_comments.sync(client=moderato, article_id="bridge", status=CommentStatus.APPROVED))
        assert [one.id for one in page.comments] == ["a/ß 1"]
        assert page.next_cursor is None


@in_python
def test_in_python_the_same_without_blocking(service: Service) -> None:
    from moderato_client.api.comments import get_comment, list_comments, send_comment
    from moderato_client.calls import connect, expect
    from moderato_client.models import CommentBody, CommentStatus

    async def several() -> list[CommentStatus]:
        async with connect(service.url, service.key) as moderato:

            async def one(number: int) -> CommentStatus:
                comment = CommentBody(id=f"async-{number}", article_id="ferry", text=LATER[number])
                expect(await send_comment.asyncio(client=moderato, body=comment))
                return expect(await get_comment.asyncio(comment.id, client=moderato, wait=20)).status

            found = await asyncio.gather(*map(one, range(3)))
            listed = expect(await list_comments.asyncio(client=moderato, article_id="ferry"))
            assert {comment.id for comment in listed.comments} == {"async-0", "async-1", "async-2"}
            return found

    assert asyncio.run(several()) == [CommentStatus.APPROVED] * 3


@in_python
def test_in_python_a_problem_is_a_typed_error(service: Service) -> None:
    from moderato_client.api.comments import get_comment, send_comment
    from moderato_client.calls import Refused, connect, expect
    from moderato_client.models import CommentBody

    with connect(service.url, service.key) as moderato:
        with pytest.raises(Refused, match="7 of at least 50 characters") as refused:
            expect(send_comment.sync(client=moderato, body=CommentBody(id="short", text="So sad!")))
        problem = refused.value.problem
        assert (problem.status, problem.code, problem["length"], problem["minimum"]) == (
            422, "comment_too_short", 7, 50,
        )  # fmt: skip
        assert problem.errors[0].pointer == "#/text"
        with pytest.raises(Refused) as missing:
            expect(get_comment.sync("nobody's", client=moderato))
        assert missing.value.problem.status == 404
    with connect(service.url, "cm_live_nobody") as stranger, pytest.raises(Refused) as unknown:
        expect(get_comment.sync("short", client=stranger))
    assert unknown.value.problem.status == 401


@in_python
def test_in_python_a_callback_of_the_service_is_verified_and_read(service: Service) -> None:
    from moderato_client.api.callbacks import register_endpoint, rotate_endpoint_secret
    from moderato_client.api.comments import send_comment
    from moderato_client.calls import connect, expect
    from moderato_client.models import CommentBody, EndpointBody, Event, Verdict
    from moderato_client.webhooks import NotGenuine, verify

    with connect(service.url, service.key) as moderato:
        body = EndpointBody(url=f"{service.receiver.url}/python")
        (old,) = (endpoint := expect(register_endpoint.sync(client=moderato, body=body))).secrets
        new = expect(rotate_endpoint_secret.sync(endpoint.id, client=moderato)).secrets[0]
        expect(send_comment.sync(client=moderato, body=CommentBody(id="called", text=f"{TEXT} Called.")))
    eventually(lambda: service.receiver.at("/python"), "no callback arrived")
    (request,) = service.receiver.at("/python")
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secrets in (old, new, [new, old]):
        callback = verify(request.body, request.headers, secrets)
        assert (callback.type_, callback.data.comment_id) == (Event.COMMENT_APPROVED, "called")
        assert callback.data.verdict is Verdict.APPROVE
    with pytest.raises(NotGenuine):
        verify(request.body.replace(b"approve", b"rejects"), request.headers, [old, new])


def test_the_readme_for_python_shows_how_to_send(service: Service, wheel: Path, tmp_path: Path) -> None:
    usage, _ = blocks(PYTHON, "python")
    environ = {"PYTHONPATH": str(wheel), "URL": service.url, "KEY": service.key}
    done = subprocess.run([sys.executable, "-W", "error", "-c", usage], env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["approved", "approve"]), done.stderr


def test_a_checker_of_types_knows_the_client_for_python(wheel: Path, tmp_path: Path) -> None:
    assert (wheel / "moderato_client/py.typed").exists()
    usage, receiver = blocks(PYTHON, "python")
    (tmp_path / "usage.py").write_text(f"{usage}\n    judged.nonsense\nCommentBody(text=1)\n")
    (tmp_path / "receiver.py").write_text(receiver)
    environ = os.environ | {"MYPYPATH": str(wheel)}
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary"]
    done = subprocess.run(
        [*command, "--output=json", "--cache-dir", str(tmp_path), "usage.py", "receiver.py"],
        cwd=tmp_path, env=environ, capture_output=True, text=True,
    )  # fmt: skip
    found = [(fault["file"], fault["code"]) for fault in map(json.loads, done.stdout.splitlines())]
    assert found == [("usage.py", "attr-defined"), ("usage.py", "call-arg"), ("usage.py", "arg-type")], done


@pytest.fixture(scope="module")
def program(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publisher's program that uses the package: the README's blocks and the journey, compiled."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "node_modules").mkdir()
    (folder / "node_modules/moderato-client").symlink_to(package)
    (folder / "node_modules/@types").symlink_to(TOOLS / "@types")
    usage, receiver = blocks(TYPESCRIPT, "ts")
    (folder / "usage.ts").write_text(usage)
    (folder / "receiver.ts").write_text(receiver)
    shutil.copy(JOURNEY, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    strict = {"strict": True, "skipLibCheck": True, "module": "NodeNext", "target": "ES2022", "types": ["node"]}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": strict}))
    compiled = run(TOOLS / ".bin/tsc", "--project", folder)
    assert compiled.returncode == 0, compiled.stdout
    return folder


def test_in_typescript_a_comment_is_sent_judged_and_listed_and_a_problem_is_typed(
    program: Path, service: Service
) -> None:
    done = run(program / "journey.js", service.url, service.key, f"{TEXT} By fetch.")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "sent": ["a/ß 2", "pending"],
        "judged": ["approved", "approve", "scripted"],
        "listed": ["a/ß 2"],
        "problem": [422, "comment_too_short", 7, "#/text"],
        "unknown": 401,
        "thrown": "not_found",
    }


def test_the_readme_for_typescript_shows_how_to_send(program: Path, service: Service) -> None:
    done = run(program / "usage.js", URL=service.url, KEY=service.key)
    assert (done.returncode, done.stdout.split()) == (0, ["approved", "approve"]), done.stderr


def test_the_readme_for_typescript_shows_how_to_receive_a_callback_of_the_service(
    program: Path, service: Service
) -> None:
    client = Client(int(service.url.rsplit(":", 1)[1]), service.key)
    status, endpoint = client.request("POST", "/v1/endpoints", {"url": f"{service.receiver.url}/typescript"})
    assert status == 201, endpoint
    assert client.request("POST", "/v1/comments", {"id": "called-back", "text": f"{TEXT} Called back."})[0] == 202
    client.close()
    eventually(lambda: service.receiver.at("/typescript"), "no callback arrived")
    (request,) = service.receiver.at("/typescript")
    said = {"headers": request.headers, "body": request.body.decode()}
    script = f"""
        const {{ POST }} = await import("{program}/receiver.js");
        const {{ headers, body }} = {json.dumps(said)};
        const send = (body) => POST(new Request("http://cms.example", {{ method: "POST", headers, body }}));
        console.log((await send(body)).status, (await send(body + " ")).status);
    """
    done = run("--input-type=module", "--eval", script, SECRET=endpoint["secrets"][0])
    assert done.stdout.split() == ["publish", "called-back", "204", "401"], done.stderr


def run(*arguments: object, **environ: str) -> "subprocess.CompletedProcess[str]":
    assert NODE is not None
    command: list[Any] = [NODE, *arguments]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=120, check=False)
