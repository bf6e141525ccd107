"""Webhooks over HTTP: no key but a signature, no effect twice, and nothing a sender does is a 500."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Site
from service.outside.signatures import new_secret, sign
from service.queues import CLASSIFICATION, Queues
from tests.service.api.conftest import LONG_ENOUGH, Caller, caller
from tests.support.quicker import application


def add(call: Caller, **fields: Any) -> dict[str, Any]:
    body = {"name": "Our CMS", "style": "standard", "preset": "moderato"} | fields
    answer = call("POST", "/v1/webhook-sources", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    return answer.json


def post(client: FlaskClient, source: dict[str, Any], content: Any, webhook_id: str = "msg_1") -> TestResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = sign(source["secrets"], webhook_id, datetime.now(UTC), body)
    return client.post(source["address"], data=body, headers=headers)


def created(text: str = LONG_ENOUGH, **data: Any) -> dict[str, Any]:
    return {"type": "comment.created", "data": {"id": "c1", "text": text} | data}


def test_a_signed_webhook_is_taken_and_a_worker_woken(call: Caller, client: FlaskClient, queues: Queues) -> None:
    source = add(call)
    answer = post(client, source, created())
    assert (answer.status_code, answer.json["state"], answer.json["repeated"]) == (202, "applied", False)
    assert call("GET", "/v1/comments/c1").json["status"] == "pending"
    assert queues.redis.llen(f"rq:queue:{CLASSIFICATION}") == 1


def test_a_webhook_is_taken_within_two_seconds_though_redis_is_dead(
    settings: Settings, database: Database, site: Site, queues: Queues, tmp_path: Path
) -> None:
    """Ghost waits no longer. What a webhook takes of a busy machine while Redis is well is taken off."""
    well = caller(application(settings, database, queues), database, site)
    started = time.monotonic()
    assert post(well.client, add(well), created(), "msg_0").status_code == 202
    usual = time.monotonic() - started
    dead = Queues(f"unix://{tmp_path}/no-redis.sock")
    call = caller(application(settings, database, dead), database, site)
    source = add(call)
    started = time.monotonic()
    answer = post(call.client, source, created(id="c2"))
    assert time.monotonic() - started < 2 + usual
    assert (answer.status_code, answer.json["state"]) == (202, "applied")
    dead.redis.close()


def test_a_replay_has_no_effect(call: Caller, client: FlaskClient, database: Database) -> None:
    source = add(call)
    post(client, source, created())
    assert post(client, source, created()).json["repeated"] is True
    with database.read() as session:
        assert len(session.scalars(select(Comment)).all()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"webhook-id": "m", "webhook-timestamp": "now", "webhook-signature": "v1,x"}, {"webhook-signature": "é"},
        {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", b"[" * 10_000])
def test_anything_unsigned_is_401_and_stores_nothing(
    call: Caller, client: FlaskClient, database: Database, headers: dict[str, str], body: bytes
) -> None:
    source = add(call)
    assert client.post(source["address"], data=body, headers=headers).status_code == 401
    assert client.post("/v1/webhooks/" + "0" * 32, data=body, headers=headers).status_code == 401
    assert call("GET", source["address"].replace("webhooks", "webhook-sources") + "/dead-letters").json == {
        "dead_letters": []
    }


def test_a_key_of_the_api_does_not_open_the_webhooks_address(call: Caller) -> None:
    assert call("POST", add(call)["address"], json=created()).status_code == 401


def test_what_does_not_map_is_listed_and_replayed_once_the_map_is_mended(call: Caller, client: FlaskClient) -> None:
    source = add(call, field_map={"id": "key", "text": "words"}, preset="")
    path = f"/v1/webhook-sources/{source['id']}"
    answer = post(client, source, {"comment": {"key": "c9", "words": LONG_ENOUGH}})
    assert (answer.status_code, answer.json["state"]) == (202, "dead")
    (letter,) = call("GET", f"{path}/dead-letters").json["dead_letters"]
    assert "id: the webhook has no text or number at key" in letter["reason"]
    assert source["secrets"][0] not in str(letter)
    mended = {"field_map": {"id": "comment.key", "text": "comment.words"}}
    assert call("PATCH", path, json=mended).status_code == 200
    assert call("POST", f"{path}/dead-letters/{letter['id']}/replay").json["state"] == "applied"
    assert call("GET", "/v1/comments/c9").status_code == 200
    assert call("GET", f"{path}/dead-letters").json == {"dead_letters": []}


def test_secrets_overlap_while_they_are_changed(call: Caller, client: FlaskClient) -> None:
    source, new = add(call), new_secret()
    path = f"/v1/webhook-sources/{source['id']}"
    assert call("PATCH", path, json={"secret": new}).status_code == 200
    assert call("GET", path).json["secrets"] == [new, *source["secrets"]]
    for number, secret in enumerate((new, source["secrets"][0])):
        answer = post(client, source | {"secrets": [secret]}, created(id=f"c{number}"), f"msg_{number}")
        assert answer.status_code == 202


def test_a_source_that_is_switched_off_takes_nothing(call: Caller, client: FlaskClient) -> None:
    source = add(call)
    call("PATCH", f"/v1/webhook-sources/{source['id']}", json={"enabled": False})
    assert post(client, source, created()).status_code == 401


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"preset": "typo3"}, "#/preset"), ({"field_map": {"id": "a"}}, "#/field_map"), ({"style": "none"}, "#/style"),
        ({"secret": "too-simple-for-this-style"}, "#/secret"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_refused(call: Caller, fields: dict[str, Any], pointer: str) -> None:
    body = {"name": "Our CMS", "style": "standard", "preset": "moderato"} | fields
    answer = call("POST", "/v1/webhook-sources", json=body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_body_beyond_the_limit_is_413(call: Caller, client: FlaskClient) -> None:
    assert post(client, add(call), b"x" * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(("length", "status"), [(100, 201), (101, 422)])
def test_a_name_of_a_source_is_as_long_as_its_column_at_most(call: Caller, length: int, status: int) -> None:
    body = {"name": "x" * length, "style": "standard", "preset": "moderato"}
    assert call("POST", "/v1/webhook-sources", json=body).status_code == status
