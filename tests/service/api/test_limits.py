"""Rules of rates and back-pressure."""

import threading
import time
from collections.abc import Iterator

import pytest
import time_machine
from cachetools import LRUCache

from service.api import keeper
from service.api.keeper import Fresh
from service.api.limits import RateLimits
from service.db import Database
from service.errors import TooMany
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from tests.service.api.conftest import LONG_ENOUGH, caller
from tests.support.quicker import application
from tests.support.services import eventually

NOON = "2026-11-22T12:00:30+00:00"


def spend(limits: RateLimits, count: int) -> int:
    granted = 0
    for _ in range(count):
        try:
            limits.spend("key00001")
            granted += 1
        except TooMany:
            break
    return granted


@pytest.fixture
def in_request(settings: Settings, database: Database, queues: Queues) -> Iterator[None]:
    with application(settings, database, queues).test_request_context("/"):
        yield


@pytest.mark.parametrize("limit", [1, 3, 100, 1_050])
def test_a_key_gets_its_limit_and_no_more(in_request: None, queues: Queues, limit: int) -> None:
    with time_machine.travel(NOON, tick=False):
        assert spend(RateLimits(queues, per_minute=limit), limit + 10) == limit


def test_several_processes_share_the_limit(in_request: None, queues: Queues) -> None:
    with time_machine.travel(NOON, tick=False):
        processes = [RateLimits(queues, per_minute=300) for _ in range(3)]
        granted = sum(spend(process, 500) for process in processes)
    assert granted == 300


def test_the_next_minute_begins_anew(in_request: None, queues: Queues) -> None:
    limits = RateLimits(queues, per_minute=5)
    with time_machine.travel("2026-11-22T12:00:59+00:00", tick=False) as traveller:
        assert spend(limits, 10) == 5
        traveller.shift(2)
        assert spend(limits, 10) == 5


def test_without_redis_a_process_counts_by_itself(in_request: None) -> None:
    limits = RateLimits(Queues("unix:///nowhere/redis.sock"), per_minute=120)
    with time_machine.travel(NOON, tick=False):
        assert spend(limits, 200) == 120


def test_a_key_above_its_rate_is_told_when_to_come_back(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = settings.model_copy(update={"rate_limit_per_minute": 5})
    call = caller(application(tight, database, queues), database, site)
    with time_machine.travel(NOON, tick=False):
        answers = [call("GET", "/v1/policy") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "5"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].get_json()["code"] == "too_many_requests"


def test_a_batch_counts_as_many_as_it_has_comments(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = settings.model_copy(update={"rate_limit_per_minute": 10})
    call = caller(application(tight, database, queues), database, site)
    batch = {"comments": [{"id": f"c{number}", "text": LONG_ENOUGH} for number in range(8)]}
    with time_machine.travel(NOON, tick=False):
        assert call("POST", "/v1/comments/batch", json=batch).headers["RateLimit-Remaining"] == "2"
        assert call("POST", "/v1/comments/batch", json=batch).status_code == 429
        assert call("GET", "/v1/policy").status_code == 200, "a refused batch spends only its request"


def test_beyond_the_backlog_limit_comments_are_asked_to_come_later(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = settings.model_copy(update={"backlog_limit": 2})
    call = caller(application(tight, database, queues), database, site)
    for number in range(2):
        assert call.send(f"c{number}").status_code == 202
    sent: list[str] = []

    def refused() -> bool:
        sent.append(f"c9-{len(sent)}")
        return call.send(sent[-1]).status_code == 503

    eventually(refused, "comments are still taken in")  # the count may be a second old, or more on a busy machine
    answer = call.send("c10")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert {call("GET", f"/v1/comments/{name}").status_code for name in (sent[-1], "c10")} == {404}


def test_a_site_that_has_its_share_of_the_backlog_leaves_room_for_another(
    settings: Settings, database: Database, queues: Queues, site: Site, other_site: Site
) -> None:
    app = application(settings.model_copy(update={"backlog_limit": 90}), database, queues)
    keeper.of(app).counts._seconds = 0.0
    greedy, quiet = caller(app, database, site), caller(app, database, other_site)
    for number in range(20):
        assert greedy.send(f"c{number}").status_code == 202
    sent: list[str] = []

    def refused() -> bool:
        time.sleep(0.02)  # counts are served stale while they are counted anew; what is taken in meanwhile is small
        sent.append(f"c9-{len(sent)}")
        return greedy.send(sent[-1]).status_code == 503

    eventually(refused, "comments are still taken in")
    assert quiet.send("c1").status_code == 202


def test_what_is_kept_is_computed_by_one_at_a_time_and_served_stale_meanwhile() -> None:
    fresh, computing, let_go, calls = Fresh(0.0), threading.Event(), threading.Event(), []

    def slow() -> int:
        calls.append(1)
        if len(calls) > 1:
            computing.set()
            let_go.wait(60)
        return len(calls)

    assert fresh.get("x", slow) == 1
    thread = threading.Thread(target=fresh.get, args=("x", slow))
    thread.start()
    assert computing.wait(60)
    assert fresh.get("x", slow) == 1
    let_go.set()
    thread.join()
    assert len(calls) == 2


def test_of_more_values_than_are_kept_the_one_not_used_for_longest_goes() -> None:
    fresh, computed = Fresh(60.0, most=2), []

    def get(name: str) -> None:
        fresh.get(name, lambda: computed.append(name))

    for name in ("a", "b", "a", "c", "a", "b"):
        get(name)
    assert computed == ["a", "b", "c", "b"]


def test_keys_that_are_no_longer_remembered_leave_the_others_what_they_had(
    in_request: None, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = RateLimits(queues, per_minute=2)
    monkeypatch.setattr(limits, "_accounts", LRUCache(2))
    with time_machine.travel(NOON, tick=False):
        for name in ("first", "second", "third", "first"):
            limits.spend(name)
        assert spend(limits, 3) == 2
        limits.spend("third")
        with pytest.raises(TooMany):
            limits.spend("first")  # forgotten here; Redis knows both of its requests
