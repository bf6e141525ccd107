"""Rules of listing comments: filters, order, pages that neither lose nor repeat."""

from datetime import timedelta

from service.clock import rfc3339, utc_now
from service.db import Database
from service.vocabulary import Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.v1.test_comments import decide


def ids(call: Caller, query: str) -> list[str]:
    answer = call("GET", f"/v1/comments?{query}")
    assert answer.status_code == 200, answer.text
    return [comment["id"] for comment in answer.get_json()["comments"]]


def test_pages_go_from_newest_to_oldest_without_loss_while_comments_arrive(call: Caller) -> None:
    for number in range(7):
        call.send(f"c{number}", f"{LONG_ENOUGH} {number}")
    seen, cursor = [], ""
    while True:
        page = call("GET", f"/v1/comments?limit=3{cursor}").get_json()
        seen += [comment["id"] for comment in page["comments"]]
        call.send(f"late{len(seen)}", f"{LONG_ENOUGH} late {len(seen)}")
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"c{number}" for number in reversed(range(7))]


def test_comments_received_in_the_same_millisecond_are_all_listed_once(call: Caller) -> None:
    sent = [{"id": f"c{number}", "text": f"{LONG_ENOUGH} {number}"} for number in range(20)]
    call("POST", "/v1/comments/batch", json={"comments": sent})
    seen, cursor = [], ""
    for _ in range(7):
        page = call("GET", f"/v1/comments?limit=3{cursor}").get_json()
        seen += [comment["id"] for comment in page["comments"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(comment["id"] for comment in sent)


def test_filters_narrow_the_list(call: Caller, database: Database) -> None:
    call.send("c1", f"{LONG_ENOUGH} 1", article_id="a1", author={"id": "u1"})
    decide(database, Verdict.HOLD)
    call.send("c2", f"{LONG_ENOUGH} 2", article_id="a2", author={"id": "u1"})
    assert ids(call, "status=held") == ["c1"]
    assert ids(call, "status=pending") == ["c2"]
    assert ids(call, "article_id=a2") == ["c2"]
    assert ids(call, "article_id=none") == []
    assert ids(call, "author_id=u1") == ["c2", "c1"]
    assert ids(call, "author_id=u1&article_id=a1&status=held") == ["c1"]


def test_since_and_decided_since_take_any_zone(call: Caller, database: Database) -> None:
    call.send("c1")
    decide(database, Verdict.APPROVE)
    call.send("c2", f"{LONG_ENOUGH} 2")
    earlier, later = (rfc3339(utc_now() + timedelta(hours=hours)) for hours in (-1, 1))
    assert ids(call, f"since={earlier}") == ["c2", "c1"]
    assert ids(call, f"since={later}") == []
    assert ids(call, f"decided_since={earlier}") == ["c1"]
    assert ids(call, "since=2020-01-01T00:00:00+01:00") == ["c2", "c1"], "a plus sign that was not encoded"


def test_a_list_shows_what_a_single_comment_shows(call: Caller, database: Database) -> None:
    call.send("c1", article_id="a1", author={"id": "u1", "name": "Ada"})
    decide(database, Verdict.HOLD)
    (listed,) = call("GET", "/v1/comments").get_json()["comments"]
    assert listed == call("GET", "/v1/comments/c1").get_json()
