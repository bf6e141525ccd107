"""A full disk under SQLite: said clearly, nothing lost that was accepted, well again by itself.

A limit on the size of files stands in for the disk: it can be set and lifted on a running process without a file system
per process. Writing past it fails like a full disk does, with another number of the same kind (EFBIG, not ENOSPC).
"""

import http.client
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.db import Database
from service.models import Comment, Decision, Site
from service.moderation.upkeep import invariants
from service.vocabulary import CommentStatus
from tests.faults.conftest import burst, pending, wait_until
from tests.support.comments import TEXT, submit
from tests.support.services import Services

pytestmark = pytest.mark.one_database  # PostgreSQL's disk is its server's; it says so in the same kind of error


def test_a_full_disk_refuses_comments_clearly_and_keeps_the_accepted_ones(
    services: Services, database: Database, site: Site
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    address = services.web()
    assert send(address, key, "before") == 202
    web = services._started[-1][1]
    fill_disk(web, file=log_of(database), room=800_000)
    accepted, refused = ["before"], []
    for number in range(30):
        answer = send(address, key, f"c-{number}", f"{TEXT} Remark {number}. " + f"Word {number} again. " * 200)
        (accepted if answer == 202 else refused).append(f"c-{number}")
        assert answer in (202, 503), "a problem that says to come again, never a server error"
    assert len(accepted) > 1, "the disk was not full from the start"
    assert len(refused) > 5, "the disk was not full in the end"
    assert status(address, "/healthz") == 200

    def is_not_ready() -> bool:  # what is too small for a comment may still hold the probe's few bytes
        small = f"s-{len(accepted) + len(refused)}"
        (accepted if send(address, key, small) == 202 else refused).append(small)
        return status(address, "/readyz") == 503

    wait_until(is_not_ready, 30, "it says that it is ready")
    assert burst(services, "classification") == 0, "a process with room goes on"
    free_disk(web)
    wait_until(lambda: status(address, "/readyz") == 200, 10, "it does not become ready again")
    for comment in refused:
        assert send(address, key, comment, f"{TEXT} Said again.") == 202
    assert burst(services, "classification") == 0
    with database.read() as session:
        assert set(session.scalars(select(Comment.external_id))) == {*accepted, *refused}
        assert set(session.scalars(select(Comment.status))) == {CommentStatus.APPROVED}
        assert len(session.scalars(select(Decision)).all()) == len(accepted) + len(refused)
        assert invariants.audit(session) == []


def test_a_worker_on_a_full_disk_takes_up_nothing_and_blames_no_comment(
    services: Services, database: Database, site: Site
) -> None:
    for number in range(5):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    # A worker's first write is its sign of life: it ends at once, and a supervisor tries again and again.
    scripted = (sys.executable, "-m", "tests.support.scripted_worker", "classification", "--burst")
    limited = ["prlimit", "--fsize=4096:unlimited", *scripted]
    worker = services.start(limited, "full", PYTHONDONTWRITEBYTECODE="1")  # else half a module stays behind for others
    assert worker.wait(60) != 0
    with database.read() as session:
        assert set(session.scalars(select(Comment.attempts))) == {0}
    assert pending(database) == 5
    assert burst(services, "classification") == 0
    assert pending(database) == 0


def fill_disk(process: subprocess.Popen[bytes], *, file: Path, room: int) -> None:
    """Let no file of the process (and of those it started) grow more than `room` bytes beyond the size of `file`."""
    limit = file.stat().st_size + room
    for pid in _group(process):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def free_disk(process: subprocess.Popen[bytes]) -> None:
    for pid in _group(process):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _group(process: subprocess.Popen[bytes]) -> list[int]:
    """The process and its children, all of which ignore the signal that comes with the limit."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [process.pid, *map(int, children)]


def log_of(database: Database) -> Path:
    """SQLite's write-ahead log, which grows first."""
    return Path(f"{database.engine.url.database}-wal")


def send(address: str, key: str, comment_id: str, text: str = TEXT) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/comments", json.dumps({"id": comment_id, "text": text}), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status == 503:
        assert answer.getheader("Retry-After"), body
        assert body["code"] == "unavailable"
        assert "Word" not in str(body), "what was sent does not come back"
    connection.close()
    return answer.status


def status(address: str, path: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", path)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN, "Python no longer ignores the signal of the limit"
