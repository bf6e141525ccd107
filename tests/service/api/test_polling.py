"""Rules of the long poll."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from service.api import keeper
from service.db import Database
from service.models import Site
from service.vocabulary import Verdict
from tests.service.api.conftest import Caller
from tests.service.api.v1.test_comments import decide

LONGEST = 30  # seconds that a poll may ask for: one that waited in vain takes no less


@contextmanager
def sooner() -> Iterator[None]:
    """Fail when the poll within took its whole time; a busy machine takes seconds for one that does not wait."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < LONGEST - 1


def test_a_poll_returns_as_soon_as_there_is_a_verdict(
    call: Caller, database: Database, poll_waits: threading.Event
) -> None:
    call.send("c1")

    def decide_meanwhile() -> None:
        assert poll_waits.wait(LONGEST)
        decide(database, Verdict.APPROVE)

    deciding = threading.Thread(target=decide_meanwhile)
    deciding.start()
    with sooner():
        comment = call("GET", f"/v1/comments/c1?wait={LONGEST}").get_json()
    deciding.join()
    assert poll_waits.is_set()
    assert comment["status"] == "approved"


def test_a_poll_ends_with_its_time(call: Caller) -> None:
    call.send("c1")
    started = time.monotonic()
    with sooner():
        assert call("GET", "/v1/comments/c1?wait=0.2").get_json()["status"] == "pending"
    assert time.monotonic() - started >= 0.2


def test_a_poll_for_nothing_does_not_wait(call: Caller) -> None:
    with sooner():
        assert call("GET", f"/v1/comments/none?wait={LONGEST}").status_code == 404


def test_a_poll_of_what_is_decided_does_not_wait(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.REJECT)
    with sooner():
        assert call("GET", f"/v1/comments/c1?wait={LONGEST}").get_json()["status"] == "rejected"


def test_a_site_that_has_its_share_of_waiting_polls_is_answered_at_once_and_another_site_waits(
    app: Flask, call: Caller, other_call: Caller, site: Site
) -> None:
    call.send("c1")
    other_call.send("c1")
    polls = keeper.of(app).polls
    taken = 0
    while polls.take(site.id):
        taken += 1
    with sooner():
        assert call("GET", f"/v1/comments/c1?wait={LONGEST}").get_json()["status"] == "pending"
    started = time.monotonic()
    assert other_call("GET", "/v1/comments/c1?wait=0.2").get_json()["status"] == "pending"
    assert time.monotonic() - started >= 0.2
    assert keeper.POLLS / 2 < taken < keeper.POLLS
