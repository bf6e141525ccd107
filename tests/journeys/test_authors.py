"""What an author has behind them decides on the next comment: newcomer, trusted, struck, blocked, staff, erased."""

import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from sqlalchemy import update

from service.accounts import keys
from service.db import Database, database_now
from service.models import Site, Strike
from tests.support.client import Client
from tests.support.services import Services

FINE = "The council's own figures contradict the headline, remark number {}: it was paid for long ago."
AWFUL = "What an awful thing to say about a bridge, remark number {}: nobody should have to read this here."
POLICY = {
    "repeats": "ignore",
    "hold_newcomers": 2,
    "trust_after": 4,
    "strike_limit": 2,
    "strike_days": 7,
    "thresholds": {"toxicity": {"hold_at": 0.5, "reject_at": 0.9}},
}


class Reader:
    """Somebody who comments, or nobody in particular (None), and the API as their site uses it."""

    numbers = count()

    def __init__(self, client: Client, author_id: str | None) -> None:
        self.client, self.author_id = client, author_id

    def say(self, text: str = FINE) -> tuple[str, list[str], str]:
        """Send a comment; return its status, its reasons and its id."""
        number = next(self.numbers)
        comment: dict[str, Any] = {"id": f"c-{number}", "text": text.format(number)}
        if self.author_id is not None:
            comment["author"] = {"id": self.author_id, "name": "Reader"}
        assert self.client.request("POST", "/v1/comments", comment)[0] == 202
        for _ in range(4):
            _, answer = self.client.request("GET", f"/v1/comments/c-{number}?wait=20")
            if answer["status"] != "pending":
                break
        codes = [reason["code"] for reason in answer["reasons"] if reason["code"] != "off_topic_not_judged"]
        return answer["status"], codes, f"c-{number}"

    def be(self, standing: str | None, reason: str = "") -> None:
        body = {"standing": standing, "reason": reason}
        assert self.client.request("PUT", f"/v1/authors/{self.author_id}", body)[0] == 200

    def decide(self, comment_id: str, verdict: str) -> None:
        version = self.client.request("GET", f"/v1/comments/{comment_id}")[1]["version"]
        body = {"verdict": verdict, "expected_version": version}
        assert self.client.request("POST", f"/v1/comments/{comment_id}/decisions", body)[0] == 201

    def known(self) -> dict[str, Any]:
        return dict(self.client.request("GET", f"/v1/authors/{self.author_id}")[1])


@pytest.fixture
def client(services: Services, database: Database, site: Site) -> Iterator[Client]:
    with database.write() as session:
        key = keys.create(session, site.id, "journey")
    client = Client(int(services.web().rsplit(":", 1)[1]), key)
    scripted = ["-m", "tests.support.scripted_worker", "classification"]
    services.start([sys.executable, *scripted], "classification")
    yield client
    client.close()


def test_what_authors_have_behind_them_decides_on_their_next_comment(client: Client, database: Database) -> None:
    ada, bob, eve, nobody = (Reader(client, name) for name in ("ada", "bob", "eve", None))

    # Off until a site switches it on: a stranger is published at once.
    assert ada.say()[:2] == ("approved", [])
    status, answer = client.request("PUT", "/v1/policy", POLICY)
    assert status == 200, answer

    # A newcomer is held until two comments are approved, by the policy or a moderator.
    status, codes, held = bob.say()
    assert (status, codes) == ("held", ["author_new"])
    bob.decide(held, "approve")
    status, codes, held = bob.say()
    assert (status, codes) == ("held", ["author_new"])
    bob.decide(held, "approve")
    assert bob.say()[:2] == ("approved", [])
    assert (bob.known()["treatment"], bob.known()["counts"]["approved"]) == ("ordinary", 3)
    assert bob.say()[0] == "approved"
    assert bob.known()["treatment"] == "trusted"

    # Trust does not save what crosses the reject threshold; the strike suspends it, two hold everything.
    assert bob.say(AWFUL)[:2] == ("rejected", ["toxic"])
    assert bob.known()["treatment"] == "ordinary"
    assert bob.say(AWFUL)[:2] == ("rejected", ["toxic"])
    assert bob.say()[:2] == ("held", ["author_strikes"])

    # Strikes expire with the clock: a week later they are forgiven.
    with database.write() as session:
        session.execute(update(Strike).values(created_at=database_now(-7 * 86_400 - 1)))
    assert bob.say()[:2] == ("approved", [])
    assert bob.known()["strikes_in_force"] == 0

    # Overturned, a rejection is no strike any more.
    _, _, first = bob.say(AWFUL)
    _, _, second = bob.say(AWFUL)
    assert bob.say()[:2] == ("held", ["author_strikes"])
    bob.decide(first, "approve")
    assert bob.known()["strikes_in_force"] == 1
    assert bob.say()[:2] == ("approved", [])

    # Blocked: rejected with a separate reason, which adds no strike; unblocked, all is as before.
    bob.be("blocked", "adverts")
    status, codes, refused = bob.say()
    assert (status, codes) == ("rejected", ["author_blocked"])
    assert "adverts" not in str(client.request("GET", f"/v1/comments/{refused}")[1])
    bob.be(None)
    assert (bob.say()[:2], bob.known()["strikes_in_force"]) == (("approved", []), 1)

    # Staff: neither new nor held for scores, and the record says so; a rejection becomes a hold.
    eve.be("staff")
    assert eve.say()[:2] == ("approved", ["author_staff"])
    assert eve.say(AWFUL)[:2] == ("held", ["toxic", "author_staff"])

    # Without an id nobody can be known.
    assert nobody.say()[:2] == ("held", ["author_new"])

    # Erased, an author is a stranger again.
    status, erased = client.request("DELETE", "/v1/authors/bob/comments")
    assert (status, erased["author_records"]) == (200, 1)
    assert client.request("GET", "/v1/authors/bob")[0] == 404
    assert bob.say()[:2] == ("held", ["author_new"])
    assert second not in str(bob.known())
