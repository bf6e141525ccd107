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


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


@pytest.mark.one_database
def test_a_verdict_is_heard_by_all_who_wait_for_it_and_by_nobody_else(queues: Queues) -> None:
    heard = Announcements(queues)
    with heard.expect("one") as first, heard.expect("one") as second, heard.expect("other") as other:
        assert eventually(heard.are_heard)
        queues.announce("one")
        assert first.wait(10)
        assert second.wait(10)
        assert not other.is_set()
        queues.announce("other")
        assert other.wait(10)


@pytest.mark.one_database
def test_without_redis_nothing_is_heard_and_nothing_breaks(tmp_path: Path) -> None:
    away = Queues(f"unix://{tmp_path / 'nobody.sock'}")
    heard = Announcements(away)
    with heard.expect("one") as event:
        assert not heard.are_heard()
        assert eventually(lambda: not away.worth_trying())
        assert not heard.are_heard()
        away.announce("one")
        assert not event.is_set()


@pytest.mark.one_database
def test_the_thread_ends_when_nobody_waits_and_begins_again(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(announcements, "TURN_SECONDS", 0.05)
    assert eventually(lambda: "announcements" not in names(), seconds=30)  # those of the tests before
    heard = Announcements(queues)
    with heard.expect("one"):
        assert eventually(heard.are_heard)
        time.sleep(0.5)
        assert "announcements" in names()
    assert eventually(lambda: "announcements" not in names())
    with heard.expect("one") as event:
        assert eventually(heard.are_heard)
        queues.announce("one")
        assert event.wait(10)


def test_a_poll_ends_with_the_announcement_and_not_with_the_next_look(
    call: Caller, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 60.0)
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(polling, "GROWTH", 1.0)
    call.send("c1")
    with database.read() as session:
        row_id = session.scalar(polling.STATUS, {"site_id": site_of(call, database), "external_id": "c1"})
    assert row_id is not None

    def decide_later() -> None:
        time.sleep(1.5)  # by now the poll hears announcements, and would look again in a minute
        decide(database, Verdict.APPROVE)
        queues.announce(row_id)

    deciding = threading.Thread(target=decide_later)
    deciding.start()
    started = time.monotonic()
    comment = call("GET", "/v1/comments/c1?wait=30").get_json()
    waited = time.monotonic() - started
    deciding.join()
    assert comment["status"] == "approved"
    assert 1 < waited < 20


def test_an_announcement_about_an_earlier_text_does_not_end_a_poll(
    call: Caller, database: Database, queues: Queues
) -> None:
    call.send("c1")
    with database.read() as session:
        row_id = session.scalar(polling.STATUS, {"site_id": site_of(call, database), "external_id": "c1"})
    assert row_id is not None
    timer = threading.Timer(0.3, queues.announce, (row_id,))
    timer.start()
    started = time.monotonic()
    assert call("GET", "/v1/comments/c1?wait=1").get_json()["status"] == "pending"
    assert time.monotonic() - started >= 1
    timer.join()


def site_of(call: Caller, database: Database) -> str:
    key = KeyCache(database).verify(call.key)
    assert key is not None
    return key.site_id
