"""The receiver that README.md shows accepts what Moderato signs, and nothing else."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from service.outside.signatures import new_secret, sign
from tests.support.services import REPOSITORY, eventually, free_port

SECRET = new_secret()
BODY = b'{"type": "comment.approved", "timestamp": "2026-11-22T23:01:00Z", "data": {"comment_id": "c-2"}}'


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "docs/integrators/receiver.py", str(port)],
        cwd=REPOSITORY,
        env=os.environ | {"SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/moderato"
    eventually(lambda: answer(url, BODY, sign([SECRET], "msg_1", now(), BODY)) == 204, "the receiver does not answer")
    yield url
    process.terminate()
    printed, _ = process.communicate(timeout=10)
    assert set(printed.splitlines()) == {b"comment.approved c-2"}


def test_a_callback_signed_with_two_secrets_while_they_are_rotated_is_accepted(address: str) -> None:
    assert answer(address, BODY, sign([new_secret(), SECRET], "msg_2", now(), BODY)) == 204


@pytest.mark.parametrize(
    ("secret", "age", "body"),
    [
        (new_secret(), timedelta(0), BODY),
        (SECRET, timedelta(0), BODY.replace(b"approved", b"rejected")),
        (SECRET, timedelta(minutes=10), BODY),
    ],
    ids=["another secret", "another body", "an old one"],
)
def test_what_is_not_genuine_is_refused(address: str, secret: str, age: timedelta, body: bytes) -> None:
    assert answer(address, body, sign([secret], "msg_3", now() - age, BODY)) == 401


def answer(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Return the status that the receiver answers with, 0 while it does not listen."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5) as found:
            return int(found.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
