"""The delivery worker against receivers of every kind: signed, in order, at least once, and a bad one delays nobody."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook

from service.db import Database, database_now
from service.models import Comment, Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, Site
from service.moderation.callbacks import deliveries, endpoints, outbox
from service.moderation.callbacks.attempts import SCHEDULE
from service.outside import addresses
from service.outside.sealing import Keyring, new_key
from service.outside.signatures import sign
from service.queues import Queues
from service.settings import Settings, load
from service.vocabulary import AttemptOutcome, Verdict
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.receiver import Receiver, receiving
from workers import delivery, outbound, upkeep
from workers.runtime import Runtime

LOCAL = {"MODERATO_CALLBACK_ALLOW_PRIVATE": "127.0.0.0/8", "MODERATO_CALLBACK_ALLOW_HTTP": "true"}
ALLOWED = addresses.allowances(networks="127.0.0.0/8", http=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def runtime(database: Database, settings: Settings, queues: Queues) -> Runtime:
    open_here = settings.model_copy(update={"callback_allow_private": "127.0.0.0/8", "callback_allow_http": True})
    return Runtime(open_here, "delivery", database, queues)


def listen(database: Database, site: Site, url: str) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, url, allowed=ALLOWED)


def comments(database: Database, site: Site, count: int) -> list[Comment]:
    sent = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.") for number in range(count)]
    classify(database)
    return sent


def secrets_of(runtime: Runtime, endpoint: Endpoint) -> list[str]:
    with runtime.database.write() as session:
        return endpoints.secrets_of(session, session.get_one(Endpoint, endpoint.id), runtime.settings.keyring)


def states(database: Database, endpoint: Endpoint) -> list[DeliveryState]:
    with database.read() as session:
        return list(session.scalars(select(Delivery.state).where(Delivery.endpoint_id == endpoint.id)))


def pass_time(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(-1)))
        session.execute(update(Endpoint).values(paused_until=None))


def test_callbacks_arrive_signed_as_standard_webhooks_says(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 3)
    assert delivery.drain(runtime) == 3
    assert states(database, endpoint) == [DeliveryState.DELIVERED] * 3
    (secret,) = secrets_of(runtime, endpoint)
    for request in receiver.at("/hooks"):
        said = Webhook(secret).verify(request.body, request.headers)
        assert said["type"] == "comment.approved"
        assert request.headers["content-type"] == "application/json"


def test_a_receiver_with_either_secret_verifies_during_a_rotation(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/hooks")
    (old,) = secrets_of(runtime, endpoint)
    with database.write() as session:
        new = endpoints.rotate(session.get_one(Endpoint, endpoint.id), runtime.settings.keyring)
    comments(database, site, 1)
    delivery.drain(runtime)
    (request,) = receiver.requests
    for secret in (old, new):
        Webhook(secret).verify(request.body, request.headers)


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


def test_what_cannot_be_signed_is_held_and_said_so_and_leaves_when_the_key_is_back(
    runtime: Runtime, database: Database, site: Site, other_site: Site, receiver: Receiver, environ: dict[str, str]
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/hooks")
    (secret,) = secrets_of(runtime, endpoint)
    comments(database, site, 2)
    without = replace(runtime, settings=load(environ | LOCAL | {"MODERATO_ENCRYPTION_KEYS": new_key()}))
    for _ in range(2 * len(SCHEDULE)):
        assert delivery.drain(without) == 0
        pass_time(database)
    assert receiver.requests == []
    assert states(database, endpoint) == [DeliveryState.WAITING] * 2
    with database.read() as session:
        assert session.scalars(select(DeliveryAttempt)).all() == []
        assert set(session.scalars(select(Delivery.attempts))) == {0}
        held = session.get_one(Endpoint, endpoint.id)
        assert (held.state, held.failures) == (EndpointState.ACTIVE, 0)
        assert "MODERATO_ENCRYPTION_KEYS" in held.held_reason
    # Others, whose secrets open, are not held by it.
    listen(database, other_site, f"{receiver.url}/other")
    comments(database, other_site, 1)
    assert delivery.drain(without) == 1
    pass_time(database)
    assert delivery.drain(runtime) == 2
    for request in receiver.at("/hooks"):
        Webhook(secret).verify(request.body, request.headers)
    with database.read() as session:
        assert session.get_one(Endpoint, endpoint.id).held_reason == ""


def test_a_rotation_heals_an_endpoint_whose_key_is_lost(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    endpoint = listen(database, site, f"{receiver.url}/hooks")
    with database.write() as session:
        lost = Keyring([new_key()])
        endpoints.secrets_of(session, session.get_one(Endpoint, endpoint.id), lost)
    comments(database, site, 1)
    assert delivery.drain(runtime) == 0
    with database.write() as session:
        new = endpoints.rotate(session.get_one(Endpoint, endpoint.id), runtime.settings.keyring)
    pass_time(database)
    assert delivery.drain(runtime) == 1
    (request,) = receiver.requests
    Webhook(new).verify(request.body, request.headers)


def test_nothing_is_signed_without_a_secret() -> None:
    with pytest.raises(ValueError, match="nothing leaves unsigned"):
        sign([], "msg_1", datetime.now(UTC), b"{}")


def test_a_worker_told_to_stop_takes_up_nothing_more(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 3)
    runtime.stopping = lambda: True
    assert delivery.drain(runtime) == 0
    assert receiver.requests == []


def test_many_callbacks_to_one_endpoint_all_arrive_once(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 40)
    assert delivery.drain(runtime) == 40
    assert len(set(receiver.ids("/hooks"))) == 40
    with database.read() as session:
        assert deliveries.due(session) == 0


def test_a_worker_stays_until_the_next_callback_is_due_and_wakes_the_next_job(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(0.6)))
    started = time.monotonic()
    delivery.wait_for_next(runtime)
    assert time.monotonic() - started >= 0.5
    assert runtime.queues.is_woken("delivery")
    assert delivery.drain(runtime) == 1


def test_a_worker_does_not_stay_where_other_work_came_or_nothing_is_due_soon(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    for seconds in (-1, 3_600):
        with database.write() as session:
            session.execute(update(Delivery).values(next_attempt_at=database_now(seconds)))
            assert deliveries.seconds_to_next(session, within=60) is None
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(50)))
    runtime.settings = runtime.settings.model_copy(update={"upkeep_seconds": 60.0})
    runtime.queues.wake("delivery")
    started = time.monotonic()
    delivery.wait_for_next(runtime)
    assert time.monotonic() - started < 40


def test_upkeep_wakes_a_worker_for_a_callback_that_is_due_before_its_next_round(
    runtime: Runtime, database: Database, site: Site, receiver: Receiver
) -> None:
    listen(database, site, f"{receiver.url}/hooks")
    comments(database, site, 1)
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(runtime.settings.upkeep_seconds - 1)))
    upkeep.once(runtime)
    assert runtime.queues.is_woken("delivery")
