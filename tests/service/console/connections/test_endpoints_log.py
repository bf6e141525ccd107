"""An endpoint's log: what was sent and what came of it, and what is sent again."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from service.db import Database, database_now
from service.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, Site
from service.queues import DELIVERY, Queues
from service.vocabulary import AttemptOutcome, Event
from tests.support.comments import TEXT, classify, submit
from tests.support.connections import PAGE, acts, endpoint, source, stored
from tests.support.console import Person

__all__ = ["endpoint", "source"]


def test_a_test_callback_is_owed_and_shown(ada: Person, database: Database, endpoint: Endpoint, queues: Queues) -> None:
    answer = ada.post(f"{PAGE}/{endpoint.id}/test")
    with database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert delivery.event is Event.TEST
    assert answer.headers["Location"].endswith(f"/console/sites/gazette/deliveries/{delivery.id}")
    page = ada.get(answer.headers["Location"]).text
    assert f"msg_{delivery.id}" in page
    assert "endpoint.test" in page
    assert queues.redis.llen(f"rq:queue:{DELIVERY}") == 1
    assert acts(database) == ["endpoint.test"]


def test_the_log_shows_attempts_and_payload_and_one_is_sent_again(
    ada: Person, database: Database, site: Site, endpoint: Endpoint
) -> None:
    submit(database, site.id, "c-<b>1", author_name="Quasten Flosser")
    classify(database)
    with database.write() as session:
        delivery = session.scalars(select(Delivery)).one()
        delivery.state, delivery.attempts, delivery.last_outcome = DeliveryState.FAILED, 10, AttemptOutcome.REFUSED
        delivery.last_status = 500
        session.add(
            DeliveryAttempt(
                delivery_id=delivery.id,
                number=10,
                outcome=AttemptOutcome.REFUSED,
                status=500,
                detail="so <it> goes",
                milliseconds=42,
            )
        )
    listed = ada.get(f"{PAGE}/{endpoint.id}").text
    assert "c-&lt;b&gt;1" in listed
    assert "given up" in listed
    assert "comment.approved" not in ada.get(f"{PAGE}/{endpoint.id}?state=delivered").text.split("log-title")[1]
    page = ada.get(f"/console/sites/gazette/deliveries/{delivery.id}").text
    for part in ("refused", "500", "so &lt;it&gt; goes", "42 ms", "10 of 10", "&#34;sequence&#34;: 2"):
        assert part in page
    assert TEXT[:30] not in page
    assert "Quasten" not in page
    assert ada.post(f"/console/sites/gazette/deliveries/{delivery.id}/replay").status_code == 303
    now = stored(database, delivery)
    assert (now.state, now.attempts) == (DeliveryState.WAITING, 0)
    assert acts(database) == ["delivery.replay"]


@pytest.mark.parametrize(("only", "count"), [("failed", 1), ("all", 2)])
def test_all_since_a_time_are_sent_again(
    ada: Person, database: Database, site: Site, endpoint: Endpoint, only: str, count: int
) -> None:
    for number in range(3):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    with database.write() as session:
        failed, delivered, old = session.scalars(select(Delivery).order_by(Delivery.id))
        failed.state, delivered.state, old.state = DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.FAILED
        old.created_at = datetime(2026, 1, 1, tzinfo=UTC)
    path = f"{PAGE}/{endpoint.id}/replay"
    assert ada.post(path, {"since": "2026-02-01T00:00", "only": only}).status_code == 303
    with database.read() as session:
        assert len(session.scalars(select(Delivery).where(Delivery.state == DeliveryState.WAITING)).all()) == count
    assert ada.post(path, {"since": "yesterday"}).status_code == 422
    assert ada.post(path, {"since": "2026-02-01T00:00", "only": "some"}).status_code == 400
    assert acts(database) == ["endpoint.replay"]


def test_the_log_is_read_in_pages(ada: Person, database: Database, site: Site, endpoint: Endpoint) -> None:
    with database.write() as session:
        for _ in range(55):
            session.add(
                Delivery(
                    site_id=site.id, endpoint_id=endpoint.id, event=Event.TEST, next_attempt_at=database_now()
                )
            )  # fmt: skip
    first = ada.get(f"{PAGE}/{endpoint.id}").text
    older = re.search(r'href="([^"]+before=[^"]+)"', first)
    assert older is not None
    second = ada.get(older[1].replace("&amp;", "&")).text
    assert [page.count("console/sites/gazette/deliveries/") for page in (first, second)] == [50, 5]
