"""Nobody stops the web server: with hundreds of hostile connections open, a publisher's comments go in as before.

One server serves all of these tests; they leave nothing behind that another one would notice.
"""

import http.client
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from select import select as select_readable
from typing import Any

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.db import Database
from service.models import Comment, Site
from tests.support.comments import classify
from tests.support.hostile import HEAD, KINDS, besieged, hostile, is_closed, milliseconds, send_comments
from tests.support.services import Services
from tests.support.sites import add_site

SECONDS = 1.0  # in which a message must arrive, or be read
TARGET = 500  # milliseconds for a comment
PER_ADDRESS = 400
LARGE_ANSWER = 1_000_000  # bytes, fewer than it has


class Served:
    """A web server with a site's key, on a database of its own."""

    def __init__(self, services: Services, database: Database) -> None:
        self.services, self.database = services, database
        address = services.web(
            MODERATO_RATE_LIMIT_PER_MINUTE="1000000",
            MODERATO_MESSAGE_SECONDS=str(SECONDS),
            MODERATO_CONNECTIONS_PER_ADDRESS=str(PER_ADDRESS),
        )
        self.port = int(address.rpartition(":")[2])
        self.site: Site = add_site(database, "gazette", "The Gazette")
        with database.write() as session:
            self.key = keys.create(session, self.site.id, "cms")
        send_comments(self.port, self.key, number=5)

    def intake(self) -> float:
        """Return the 95th percentile of sending a comment, in milliseconds."""
        return milliseconds(send_comments(self.port, self.key, number=20), 95)


@pytest.fixture(scope="module")
def served(_sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copyfile(_sqlite_template, folder / "moderato.db")
    url = f"sqlite:///{folder / 'moderato.db'}"
    database = Database(url)
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "REDIS_URL": redis_server_url}
    services = Services(database, environ | {"MODERATO_DATA_DIR": str(folder)}, folder)
    yield Served(services, database)
    services.stop()
    database.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_intake_goes_on_beside_two_hundred_hostile_connections(served: Served, kind: str) -> None:
    with besieged(served.port, [kind], each=200):
        assert served.intake() < TARGET


def test_intake_goes_on_beside_all_kinds_at_once(served: Served) -> None:
    with besieged(served.port, list(KINDS), each=200):
        assert served.intake() < TARGET


def test_intake_goes_on_beside_more_silent_connections_of_its_own_address_than_there_may_be(served: Served) -> None:
    sockets = [hostile(served.port, b"", "127.0.0.1") for _ in range(PER_ADDRESS + 100)]
    assert served.intake() < TARGET
    assert is_closed(sockets[0], within=1), "the oldest went first"
    for one in sockets:
        one.close()


@pytest.mark.parametrize("kind", ["silent sockets", "slow heads"])
def test_a_request_that_does_not_go_on_is_cut_off(served: Served, kind: str) -> None:
    with closing(hostile(served.port, KINDS[kind])) as one:
        assert is_closed(one, within=SECONDS + 3)


def test_a_head_that_comes_byte_by_byte_has_no_more_time(served: Served) -> None:
    with closing(hostile(served.port, HEAD)) as one:
        until = time.monotonic() + SECONDS + 3
        while not is_closed(one, within=0.1):
            assert time.monotonic() < until
            with suppress(OSError):
                one.sendall(b"X")


def test_an_answer_that_is_not_read_is_cut_off(served: Served) -> None:
    with closing(hostile(served.port, KINDS["unread answers"])) as one:
        time.sleep(SECONDS + 1)  # the deadline itself: nothing is read meanwhile
        one.settimeout(5)
        received = 0
        with suppress(ConnectionResetError):
            while part := one.recv(1 << 20):
                received += len(part)
        assert received < LARGE_ANSWER


def test_a_body_that_stalls_is_answered_with_a_problem(served: Served) -> None:
    with closing(hostile(served.port, KINDS["slow bodies"])) as one:
        assert answer_of(one)["code"] == "timeout"


def test_two_hundred_polls_wait_without_threads_and_hear_the_verdict(served: Served) -> None:
    send_comments(served.port, served.key, number=1)
    with served.database.read() as session:
        comment_id = session.scalars(select(Comment.external_id).order_by(Comment.id.desc())).first()
    head = f"GET /v1/comments/{comment_id}?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.key}\r\n\r\n"
    with ExitStack() as stack:
        polls = [stack.enter_context(closing(hostile(served.port, head.encode()))) for _ in range(200)]
        assert served.intake() < TARGET, "they leave the threads free; `python -m tests.faults.siege` says how free"
        assert select_readable(polls, [], [], 0)[0] == [], "all of them wait"
        classify(served.database)
        assert [answer_of(one)["status"] for one in polls] == ["approved"] * 200


def test_what_is_not_http_is_a_problem(served: Served) -> None:
    with closing(hostile(served.port, b"GET / HTTP/1.1\r\nno colon here\r\n\r\n")) as one:
        assert answer_of(one)["code"] == "malformed"


def answer_of(one: socket.socket) -> Any:
    one.settimeout(10)
    answer = http.client.HTTPResponse(one)
    answer.begin()
    return json.loads(answer.read())
