"""Rules of the long poll."""

import threading
import time

from flask import Flask

from service.api import keeper
from service.db import Database
from service.vocabulary import Verdict
from tests.service.api.conftest import Caller
from tests.service.api.v1.test_comments import decide


def test_a_poll_returns_as_soon_as_there_is_a_verdict(call: Caller, database: Database) -> None:
    call.send("c1")
    timer = threading.Timer(0.3, decide, (database, Verdict.APPROVE))
    timer.start()
    started = time.monotonic()
    comment = call("GET", "/v1/comments/c1?wait=20").get_json()
    waited = time.monotonic() - started
    timer.join()
    assert comment["status"] == "approved"
    assert 0.25 < waited < 5


def test_a_poll_ends_with_its_time(call: Caller) -> None:
    call.send("c1")
    started = time.monotonic()
    assert call("GET", "/v1/comments/c1?wait=0.2").get_json()["status"] == "pending"
    assert 0.2 <= time.monotonic() - started < 5


def test_a_poll_for_nothing_does_not_wait(call: Caller) -> None:
    started = time.monotonic()
    assert call("GET", "/v1/comments/none?wait=20").status_code == 404
    assert time.monotonic() - started < 5


def test_a_poll_of_what_is_decided_does_not_wait(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.REJECT)
    started = time.monotonic()
    assert call("GET", "/v1/comments/c1?wait=20").get_json()["status"] == "rejected"
    assert time.monotonic() - started < 5


def test_when_half_of_the_threads_wait_further_polls_are_answered_at_once(app: Flask, call: Caller) -> None:
    call.send("c1")
    with app.app_context():
        polls = keeper.current().polls
    taken = 0
    while polls.acquire(blocking=False):
        taken += 1
    started = time.monotonic()
    assert call("GET", "/v1/comments/c1?wait=20").get_json()["status"] == "pending"
    assert time.monotonic() - started < 5
    assert taken >= 1
