"""The delivery worker against receivers of every kind: in order, at least once, and a bad one delays nobody."""

import json
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, Site
from service.moderation.callbacks import deliveries, outbox
from service.vocabulary import AttemptOutcome, Verdict
from tests.support.comments import classify, moderate, reread, submit
from tests.support.delivering import comments, listen, states
from tests.support.outbox import pass_time
from tests.support.receiver import Receiver
from workers import delivery, outbound
from workers.runtime import Runtime


def test_every_attempt_has_the_same_id_and_body_and_a_time_of_its_own(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/hooks")
    receiver.answers["/hooks"] = [500, 503, 404, 200]
    comments(database, site, 1)
    for _ in range(4):
        delivery.drain(runtime)
        pass_time(database)
    requests = receiver.at("/hooks")
    assert len(requests) == 4
    assert len(set(receiver.ids("/hooks"))) == 1
    assert len({request.body for request in requests}) == 1
    for request in requests:
        assert abs(int(request.headers["webhook-timestamp"]) - request.at) < 3
    assert states(database, endpoint) == [DeliveryState.DELIVERED]
    with database.read() as session:
        log = session.execute(
            select(DeliveryAttempt.outcome, DeliveryAttempt.status).order_by(DeliveryAttempt.number)
        ).all()
    refused = [(AttemptOutcome.REFUSED, status) for status in (500, 503, 404)]
    assert [tuple(row) for row in log] == [*refused, (AttemptOutcome.DELIVERED, 200)]


def test_the_verdicts_on_one_comment_arrive_in_their_order(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    receiver.answers["/hooks"] = [500, 200]
    (comment,) = comments(database, site, 1)
    delivery.drain(runtime)
    for verdict in (Verdict.REJECT, Verdict.APPROVE, Verdict.REJECT):
        moderate(database, reread(database, comment.id), verdict)
    delivery.drain(runtime)
    assert len(receiver.requests) == 1, "the first one failed and waits: none may pass it"
    pass_time(database)
    delivery.drain(runtime)
    told = [json.loads(request.body)["data"] for request in receiver.requests[1:]]
    assert [entry["sequence"] for entry in told] == [2, 3, 4, 5]
    assert [entry["status"] for entry in told] == ["approved", "rejected", "approved", "rejected"]


def test_one_slow_endpoint_delays_no_other(
    runtime: Runtime, database: Database, site: Site, other_site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/slow")
    quick = listen(database, other_site, f"{receiver.url}/quick")
    comments(database, site, 8)
    comments(database, other_site, 12)
    delivery.drain(runtime)
    assert states(database, quick) == [DeliveryState.DELIVERED] * 12
    slow = sorted(request.at for request in receiver.at("/slow"))
    assert len(slow) == 8
    # The slow one takes 1.5 s and has two at a time: its last begins after 4.5, the quick ones are through by then.
    assert max(request.at for request in receiver.at("/quick")) < slow[-1]


def test_an_endpoint_that_is_gone_is_switched_off_and_left_alone(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/gone")
    receiver.answers["/gone"] = [410]
    comments(database, site, 5)
    delivery.drain(runtime)
    pass_time(database)
    delivery.drain(runtime)
    assert len(receiver.requests) <= 2
    with database.read() as session:
        stored = session.get_one(Endpoint, endpoint.id)
    assert (stored.state, "410" in stored.disabled_reason) == (EndpointState.DISABLED, True)


def test_a_throttled_endpoint_is_asked_no_sooner_than_it_says(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/busy")
    receiver.answers["/busy"] = [(503, {"retry-after": "120"})]
    comments(database, site, 5)
    delivery.drain(runtime)
    assert len(receiver.requests) <= 2
    with database.read() as session:
        tried = session.scalars(select(Delivery).where(Delivery.attempts > 0)).all()
    for one in tried:
        assert (one.next_attempt_at - datetime.now(UTC)).total_seconds() > 115


@pytest.mark.parametrize(
    ("path", "outcome"),
    [("/mute", AttemptOutcome.TIMED_OUT), ("/drip", AttemptOutcome.TIMED_OUT), ("/huge", AttemptOutcome.DELIVERED)],
)
def test_no_receiver_holds_the_worker(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver, path: str, outcome: AttemptOutcome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 1.0)
    listen(database, site, f"{receiver.url}{path}")
    comments(database, site, 1)
    started = time.monotonic()
    delivery.drain(runtime)
    assert time.monotonic() - started < 50, "the receiver is silent for a minute"
    with database.read() as session:
        assert session.scalars(select(DeliveryAttempt)).one().outcome is outcome


def test_an_answer_that_came_after_our_patience_is_delivered_again_under_the_same_id(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/slow")
    comments(database, site, 1)
    with monkeypatch.context() as patch:
        patch.setattr(outbound, "TOTAL_SECONDS", 0.5)
        delivery.drain(runtime)
    pass_time(database)
    delivery.drain(runtime)
    assert states(database, endpoint) == [DeliveryState.DELIVERED]
    assert len(receiver.requests) == 2
    assert len(set(receiver.ids("/slow"))) == 1


def test_an_address_that_may_not_be_reached_is_said_so(database: Database, site: Site, runtime: Runtime) -> None:
    strict = Runtime(
        runtime.settings.model_copy(update={"callback_allow_private": ""}), "delivery", database, runtime.queues
    )
    submit(database, site.id, callback_url="http://127.0.0.1:1/x")
    classify(database)
    delivery.drain(strict)
    with database.read() as session:
        attempt = session.scalars(select(DeliveryAttempt)).one()
    assert attempt.outcome is AttemptOutcome.FORBIDDEN
    assert "not a public address" in attempt.detail


def test_a_test_delivery_arrives_and_tells_nothing(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/hooks")
    with database.write() as session:
        outbox.owe_test(session, session.get_one(Endpoint, endpoint.id))
    delivery.drain(runtime)
    (request,) = receiver.requests
    assert json.loads(request.body)["type"] == "endpoint.test"
    assert json.loads(request.body)["data"] == {"endpoint_id": endpoint.id}


def test_many_callbacks_to_one_endpoint_all_arrive_once(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 40)
    assert delivery.drain(runtime) == 40
    assert len(set(receiver.ids("/hooks"))) == 40
    with database.read() as session:
        assert deliveries.due(session) == 0
