"""What a delivery worker signs, with which secrets, and what it holds where it cannot sign."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from service.db import Database
from service.installation.settings import load
from service.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, Site
from service.moderation.callbacks import endpoints
from service.moderation.callbacks.attempts import SCHEDULE
from service.outside.sealing import Keyring, new_key
from service.outside.signatures import sign
from tests.support.delivering import LOCAL, comments, listen, secrets_of, states
from tests.support.outbox import pass_time
from tests.support.receiver import Receiver
from workers import delivery
from workers.runtime import Runtime


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
