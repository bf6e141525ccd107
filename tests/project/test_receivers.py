"""The receivers that the pages for integrators show accept what Moderato signs, and nothing else."""

import hmac
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO

import pytest

from service.outside.signatures import new_secret, sign
from tests.support.services import REPOSITORY, eventually, free_port

SECRET = new_secret()
BODY = b'{"type": "comment.approved", "timestamp": "2026-11-22T23:01:00Z", "data": {"comment_id": "c-2"}}'
TEST = b'{"type": "endpoint.test", "timestamp": "2026-11-22T23:01:00Z", "data": {}}'
FOLDER = REPOSITORY / "docs/integrators"
RUNTIMES = {"py": sys.executable} | {kind: shutil.which(name) for kind, name in
                                     {"mjs": "node", "php": "php", "rb": "ruby", "go": "go"}.items()}  # fmt: skip
# Debian's compiler of Go takes 460 MB for one file, so .ci/run leaves it out.
TRIED = [kind for kind, runtime in RUNTIMES.items() if runtime or kind != "go"]


@dataclass(frozen=True)
class Receiver:
    """A receiver that runs, and its address."""

    url: str

    def answer(self, headers: dict[str, str], body: bytes = BODY) -> int:
        """Return the status that it answers with, 0 where it answers none."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=5) as found:
                return int(found.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def accepts_a_callback(self) -> bool:
        return self.answer(signed()) == 204

    def answer_to_raw(self, size: str | None) -> int:
        """Return the status that answers a request with this Content-Length."""
        _, _, rest = self.url.partition("//")
        host, _, port = rest.partition("/")[0].partition(":")
        line = f"Content-Length: {size}\r\n" if size is not None else ""
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(f"POST /moderato HTTP/1.1\r\nHost: {host}\r\n{line}Connection: close\r\n\r\n".encode())
            status = connection.makefile("rb").readline().split(b" ")
        return int(status[1]) if len(status) > 1 else 0


def signed_at(timestamp: str, body: bytes = BODY) -> dict[str, str]:
    """Return headers that are signed genuinely, whatever they say."""
    digest = hmac.digest(b64decode(SECRET.removeprefix("whsec_")), f"msg_1.{timestamp}.".encode() + body, "sha256")
    signature = "v1," + b64encode(digest).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}


def signed(*secrets: str, age: timedelta = timedelta(0)) -> dict[str, str]:
    now = datetime.fromtimestamp(time.time(), UTC)
    return sign(secrets or [SECRET], "msg_1", now - age, BODY)


@pytest.fixture(scope="module", params=TRIED)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], list[str]]:
    """What starts a receiver at a port, in one process."""
    kind, runtime, source = request.param, RUNTIMES[request.param], str(FOLDER / f"receiver.{request.param}")
    if runtime is None:
        pytest.skip(f"nothing here runs receiver.{kind}; .ci/run installs it")
    if kind == "php":
        return lambda port: [runtime, "-S", f"127.0.0.1:{port}", source]
    if kind == "go":  # `go run` would start a process of its own
        folder = tmp_path_factory.mktemp("go")
        environ = os.environ | {"GOCACHE": str(folder / "cache"), "GO111MODULE": "off"}
        subprocess.run([runtime, "build", "-o", folder / "receiver", source], env=environ, check=True, timeout=120)
        return lambda port: [str(folder / "receiver"), str(port)]
    return lambda port: [runtime, source, str(port)]


@contextmanager
def started(
    program: Callable[[int], list[str]], secret: str, printed: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[tuple[Receiver, subprocess.Popen[bytes]]]:
    port = free_port()
    environ = os.environ | {"SECRET": secret}
    process = subprocess.Popen(program(port), env=environ, stdout=printed, stderr=subprocess.DEVNULL)
    try:
        yield Receiver(f"http://127.0.0.1:{port}/moderato"), process
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def receiver(program: Callable[[int], list[str]]) -> Iterator[Receiver]:
    with TemporaryFile() as printed:
        with started(program, SECRET, printed) as (found, process):
            eventually(found.accepts_a_callback, lambda: f"it accepts no callback (exit status {process.poll()})")
            assert found.answer(signed_at(str(int(time.time())), TEST), TEST) == 204
            yield found
        printed.seek(0)
        assert {line.strip() for line in printed.read().splitlines()} >= {b"comment.approved c-2", b"endpoint.test"}


def test_a_callback_signed_with_two_secrets_while_they_are_rotated_is_accepted(receiver: Receiver) -> None:
    assert receiver.answer(signed(new_secret(), SECRET)) == 204
    assert receiver.answer(signed(SECRET, new_secret())) == 204


def test_clocks_may_differ_by_less_than_five_minutes(receiver: Receiver) -> None:
    assert receiver.answer(signed(age=timedelta(minutes=4))) == 204
    assert receiver.answer(signed(age=timedelta(minutes=-4))) == 204


@pytest.mark.parametrize(
    ("secret", "age", "body"),
    [
        (new_secret(), timedelta(0), BODY),
        (SECRET, timedelta(0), BODY.replace(b"approved", b"rejected")),
        (SECRET, timedelta(minutes=6), BODY),
        (SECRET, timedelta(minutes=-6), BODY),
    ],
    ids=["another secret", "another body", "an old one", "one from the future"],
)
def test_what_is_not_genuine_is_refused(receiver: Receiver, secret: str, age: timedelta, body: bytes) -> None:
    assert receiver.answer(signed(secret, age=age), body) == 401


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-signature": None},
        {"webhook-timestamp": None},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1, v1,\xff v2,9"},
        {"webhook-id": None, "webhook-timestamp": None, "webhook-signature": None},
    ],
    ids=lambda broken: ",".join(f"{name[8:]}={value and value[:12]!r}" for name, value in broken.items()),
)
def test_broken_headers_are_not_accepted_and_do_not_end_the_receiver(
    receiver: Receiver, broken: dict[str, str | None]
) -> None:
    headers = {name: value for name, value in (signed() | broken).items() if value is not None}
    assert receiver.answer(headers) in (400, 401)
    assert receiver.accepts_a_callback()


@pytest.mark.parametrize("timestamp", ["{now}junk", "{now}.5", "+{now}", "{now}e0", ".5", "1795junk", "9" * 5_000, "٣"])
def test_a_signed_time_that_is_no_whole_number_is_refused(receiver: Receiver, timestamp: str) -> None:
    headers = signed_at(timestamp.format(now=int(time.time())))
    raw = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert receiver.answer(raw) in (400, 401)


@pytest.mark.parametrize("size", [None, "-1", "many", "9" * 5_000], ids=["none", "negative", "no number", "huge"])
def test_a_body_whose_size_is_not_said_is_refused_at_once(
    receiver: Receiver, size: str | None, request: pytest.FixtureRequest
) -> None:
    closed = {0} if request.node.callspec.params["program"] == "php" else set()  # by PHP's own server
    assert receiver.answer_to_raw(size) in {400, 401, 413} | closed
    assert receiver.accepts_a_callback()


def test_a_slow_sender_keeps_no_callback_waiting(receiver: Receiver) -> None:
    host, _, port = receiver.url.removeprefix("http://").partition("/")[0].partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"POST /moderato HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
        assert receiver.accepts_a_callback()


@pytest.mark.parametrize(
    "body",
    [TEST, b"no JSON", b"{}", b"null", b"[1]"],
)
def test_a_genuine_event_of_another_form_does_not_end_the_receiver(receiver: Receiver, body: bytes) -> None:
    assert receiver.answer(signed_at(str(int(time.time())), body), body) == 204
    assert receiver.accepts_a_callback()


def test_without_a_secret_nothing_is_accepted(program: Callable[[int], list[str]]) -> None:
    """With an empty key everybody could sign."""
    with started(program, "whsec_") as (receiver, process):
        headers = signed("whsec_")
        eventually(lambda: process.poll() is not None or receiver.answer(headers), "it neither ends nor answers")
        assert process.poll() or receiver.answer(headers) == 500


def test_each_receiver_compares_in_constant_time_without_a_dependency() -> None:
    compares = r"hmac\.compare_digest\(|timingSafeEqual\(|hash_equals\(|OpenSSL\.secure_compare\(|hmac\.Equal\("
    for source in FOLDER.glob("receiver.*"):
        assert len(re.findall(compares, source.read_text())) == 1, source.name


def test_the_page_of_callbacks_links_every_receiver() -> None:
    page = (FOLDER / "callbacks.md").read_text()
    assert [kind for kind in RUNTIMES if f"(receiver.{kind})" not in page] == []
