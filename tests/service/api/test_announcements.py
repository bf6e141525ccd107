"""Rules of announced verdicts: heard by those who wait for them, and never relied on."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.accounts.keys import KeyCache
from service.api import announcements, polling
from service.api.announcements import Announcements
from service.db import Database
from service.queues import Queues
from service.vocabulary import Verdict
from tests.service.api.conftest import Caller
from tests.service.api.v1.test_comments import decide


def eventually(is_so: Callable[[], bool], *, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def only_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts are found by what Redis says alone, because nobody looks for a minute."""
    for name in ("FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(announcements, name, 60.0)


def row_of(call: Caller, database: Database, comment_id: str) -> str:
    call.send(comment_id)
    with database.read() as session:
        row_id = session.scalar(polling.STATUS, {"site_id": site_of(call, database), "external_id": comment_id})
    assert row_id is not None
    return str(row_id)


@pytest.mark.usefixtures("only_heard")
def test_a_verdict_is_heard_by_all_who_wait_for_it_and_by_nobody_else(
    call: Caller, other_call: Caller, database: Database, queues: Queues
) -> None:
    other, one = row_of(other_call, database, "other"), row_of(call, database, "c1")
    heard = Announcements(queues, database)
    first, second, third = heard.expect(other), heard.expect(other), heard.expect(one)
    assert eventually(heard.are_heard)
    decide(database, Verdict.APPROVE)
    queues.announce(other)
    assert first.wait(10)
    assert second.wait(10)
    queues.announce(one)  # which is still pending
    assert not third.wait(0)
    for expectation in (first, second, third):
        expectation.leave()


def test_without_redis_verdicts_are_looked_for(call: Caller, database: Database, tmp_path: Path) -> None:
    away = Queues(f"unix://{tmp_path / 'nobody.sock'}")
    row_id = row_of(call, database, "c1")
    heard, called = Announcements(away, database), threading.Event()
    expectation = heard.expect(row_id)
    expectation.then(called.set)
    assert eventually(lambda: not away.worth_trying())
    assert not heard.are_heard()
    decide(database, Verdict.APPROVE)
    assert called.wait(10)
    assert expectation.wait(0)
    expectation.leave()


@pytest.mark.one_database
def test_the_thread_ends_when_nobody_waits_and_begins_again(
    call: Caller, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(announcements, "LONGEST_PAUSE", 0.05)
    row_id, heard = row_of(call, database, "c1"), Announcements(queues, database)
    expectation = heard.expect(row_id)
    assert eventually(heard.are_heard)
    expectation.leave()
    assert eventually(lambda: heard._thread is None)
    again = heard.expect(row_id)
    decide(database, Verdict.APPROVE)
    assert again.wait(10)
    again.leave()


@pytest.mark.usefixtures("only_heard")
def test_a_poll_ends_with_the_announcement_and_not_with_the_next_look(
    call: Caller, database: Database, queues: Queues, poll_waits: threading.Event
) -> None:
    call.send("c1")
    with database.read() as session:
        row_id = session.scalar(polling.STATUS, {"site_id": site_of(call, database), "external_id": "c1"})
    assert row_id is not None

    def decide_later() -> None:
        assert poll_waits.wait(30)  # and would look again in a minute
        decide(database, Verdict.APPROVE)
        queues.announce(row_id)

    deciding = threading.Thread(target=decide_later)
    deciding.start()
    started = time.monotonic()
    comment = call("GET", "/v1/comments/c1?wait=30").get_json()
    waited = time.monotonic() - started
    deciding.join()
    assert comment["status"] == "approved"
    assert poll_waits.is_set()
    assert waited < 29


def test_an_announcement_about_an_earlier_text_does_not_end_a_poll(
    call: Caller, database: Database, queues: Queues, poll_waits: threading.Event
) -> None:
    call.send("c1")
    with database.read() as session:
        row_id = session.scalar(polling.STATUS, {"site_id": site_of(call, database), "external_id": "c1"})
    assert row_id is not None
    announcing = threading.Thread(target=lambda: poll_waits.wait(30) and queues.announce(row_id))
    announcing.start()
    started = time.monotonic()
    assert call("GET", "/v1/comments/c1?wait=1").get_json()["status"] == "pending"
    assert time.monotonic() - started >= 1
    announcing.join()


def site_of(call: Caller, database: Database) -> str:
    key = KeyCache(database).verify(call.key)
    assert key is not None
    return key.site_id
