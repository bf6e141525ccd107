"""The main job on real parts: HTTP in, Redis, worker processes, the shipped models, the database, HTTP out."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.accounts import keys
from service.db import Database
from service.machine import redis_server
from service.models import Site
from tests.support.client import Client
from tests.support.services import Services

ARTICLE = {
    "title": "Council votes on a car-free market street",
    "key_points": ["The trial starts in May and runs for a year", "Shop owners fear for their trade"],
    "body": "The town council decides on Thursday whether cars are banned from the market street for a trial year. "
    "Buses would be rerouted over the old bridge. Shop owners say that deliveries must stay possible in the morning.",
}
FINE = "A trial of one year is the only way to find out whether the shops on the market street lose customers."
RUDE = "You are a stupid fucking idiot and everybody who voted for this is a worthless piece of shit, get lost."


class Journey:
    """One site with its key, talking to a running service."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.put_article()

    def put_article(self) -> None:
        status, answer = self.client.request("PUT", "/v1/articles/a-1", ARTICLE)
        assert status in (200, 201), answer

    def post(self, external_id: str, text: str, **fields: Any) -> tuple[int, Any]:
        return self.client.request(
            "POST", "/v1/comments", {"id": external_id, "article_id": "a-1", "text": text} | fields
        )

    def verdict(self, external_id: str) -> dict[str, Any]:
        """Wait for the comment's verdict and return the comment."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            status, answer = self.client.request("GET", f"/v1/comments/{external_id}?wait=20")
            assert status == 200, answer
            if answer["status"] != "pending":
                return dict(answer)
        raise AssertionError(f"no verdict on {external_id} within a minute")


@pytest.fixture
def journey(services: Services, database: Database, site: Site) -> Iterator[Journey]:
    with database.write() as session:
        key = keys.create(session, site.id, "journey")
    services.worker("classification", wait=False)
    port = int(services.web().rsplit(":", 1)[1])
    journey = Journey(Client(port, key))
    yield journey
    journey.client.close()


def test_comments_travel_from_http_to_a_verdict_of_the_shipped_models(journey: Journey) -> None:
    """One service, the whole flow: starting it costs seconds, so its steps share one."""
    # The site's policy, stricter than the default.
    strict = {"name": "Strict", "thresholds": {"toxicity": {"hold_at": 0.4, "reject_at": 0.6}}}
    status, policy = journey.client.request("PUT", "/v1/policy", strict)
    assert status in (200, 201), policy

    # Accepted, then approved with both questions answered.
    status, answer = journey.post("fine", FINE, author={"id": "r-1", "name": "Ada"})
    assert (status, answer["status"]) == (202, "pending")
    fine = journey.verdict("fine")
    assert (fine["status"], fine["verdict"]) == ("approved", "approve")
    assert {"toxicity", "insult", "off_topic"} <= set(fine["scores"])
    assert all(score["classifier"] and score["version"] for score in fine["scores"].values())
    assert len(fine["decisions"]) == 1

    # The same again is what exists; another text under the same id is refused.
    assert journey.post("fine", FINE, author={"id": "r-1", "name": "Ada"})[0] == 200
    assert journey.post("fine", FINE + " Really.")[0] == 409

    # Rude: rejected, with the words that drove it.
    assert journey.post("rude", RUDE)[0] == 202
    rude = journey.verdict("rude")
    assert rude["status"] == "rejected"
    assert rude["reasons"][0]["code"] == "toxic"
    assert any(
        "idiot" in RUDE[span["start"] : span["end"]]
        or "shit" in RUDE[span["start"] : span["end"]]
        or "fuck" in RUDE[span["start"] : span["end"]]
        for span in rude["findings"]["spans"]
    )

    # Too short: refused at once with the numbers that a form needs.
    status, problem = journey.post("short", "Well said!")
    assert (status, problem["code"], problem["length"], problem["minimum"]) == (422, "comment_too_short", 10, 50)

    # A repeat is held for a moderator, who decides by the API; a stale decision is refused.
    assert journey.post("again", FINE, author={"id": "r-2"})[0] == 202
    held = journey.verdict("again")
    assert (held["status"], held["reasons"][0]["code"]) == ("held", "duplicate")
    decide = {"verdict": "reject", "reason": "spam", "note": "seen before", "expected_version": held["version"]}
    status, answer = journey.client.request("POST", "/v1/comments/again/decisions", decide)
    assert status in (200, 201), answer
    stale = decide | {"verdict": "approve"}
    assert journey.client.request("POST", "/v1/comments/again/decisions", stale)[0] == 409
    assert [decision["source"] for decision in journey.verdict("again")["decisions"]] == ["policy", "moderator"]

    # An edit is a new revision with a verdict of its own.
    status, answer = journey.client.request("PUT", "/v1/comments/fine", {"text": RUDE + " Yes, you."})
    assert status == 202, answer
    edited = journey.verdict("fine")
    assert (edited["revision"], edited["status"]) == (2, "rejected")

    # In a batch each comment is accepted or refused on its own.
    batch = [
        {"id": "b-1", "article_id": "a-1", "text": FINE.replace("one year", "two years at the very least")},
        {"id": "b-2", "article_id": "a-1", "text": "no"},
        {
            "id": "b-3",
            "article_id": "a-1",
            "text": "Buses over the old bridge will be late all winter, as they were last time.",
        },
    ]
    status, answer = journey.client.request("POST", "/v1/comments/batch", {"comments": batch})
    assert [one["status"] for one in answer["results"]] == [202, 422, 202], answer
    assert journey.verdict("b-3")["status"] == "approved"

    # Erased: text and author are gone, the id is spent.
    status, _ = journey.client.request("DELETE", "/v1/comments/rude")
    assert status in (200, 204)
    _, erased = journey.client.request("GET", "/v1/comments/rude")
    assert (erased["text"], erased["author"]) == ("", None)
    assert journey.post("rude", RUDE)[0] == 409

    # And the dashboard knows.
    _, stats = journey.client.request("GET", "/v1/stats")
    assert stats["by_status"]["pending"] == 0


def test_intake_goes_on_while_redis_is_down_and_every_comment_gets_its_verdict_once_it_is_back(
    services: Services, database: Database, site: Site, tmp_path: Path
) -> None:
    socket, folder = tmp_path / "r" / "redis.sock", tmp_path / "r"
    redis = redis_server.start(redis_server.find_server(), socket, folder)
    url = {"REDIS_URL": f"unix://{socket}", "MODERATO_UPKEEP_SECONDS": "1"}
    with database.write() as session:
        key = keys.create(session, site.id, "journey")
    port = int(services.web(**url).rsplit(":", 1)[1])
    journey = Journey(Client(port, key))

    redis.kill()
    redis.wait()
    for number in range(5):
        started = time.monotonic()
        status, answer = journey.post(f"c-{number}", f"{FINE} This is remark number {number} about it.")
        assert status == 202, answer
        assert time.monotonic() - started < 0.5
    status, ready = journey.client.request("GET", "/readyz")
    assert (status, ready["status"], ready["checks"]["redis"]) == (200, "degraded", "down")

    redis = redis_server.start(redis_server.find_server(), socket, folder)
    try:
        services.worker("upkeep", **url)
        services.worker("classification", **url)
        for number in range(5):
            assert journey.verdict(f"c-{number}")["status"] in ("approved", "held")
    finally:
        journey.client.close()
        redis.kill()
        redis.wait()
