"""Connections: endpoints with their secrets and log, sources with their map and dead letters, by plain forms."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from service.addresses import Allowances
from service.db import Database, database_now
from service.models import (
    Attempt,
    AuditEntry,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    Site,
    Style,
    WebhookSource,
)
from service.models.endpoint import EndpointKind
from service.models.moderator import Role
from service.moderation import endpoints, webhooks
from service.queues import DELIVERY, Queues
from service.settings import Settings
from service.vocabulary import Event, Outcome
from tests.support.comments import TEXT, classify, submit
from tests.support.console import Person, add_moderator, enter

PAGE = "/console/sites/gazette/endpoints"
SOURCES = "/console/sites/gazette/sources"
URL = "https://cms.example/hooks"


@pytest.fixture
def ada(site: Site, app: Flask, database: Database) -> Person:
    """An admin at the Gazette, signed in."""
    return enter(app.test_client(), add_moderator(database, "ada@gazette.example", "Ada Admin", gazette=Role.ADMIN))


@pytest.fixture
def endpoint(database: Database, site: Site) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, URL, allowed=Allowances())


@pytest.fixture
def source(database: Database, site: Site, settings: Settings) -> WebhookSource:
    with database.write() as session:
        found = WebhookSource(
            site_id=site.id,
            name="Forum",
            style=Style.GITHUB,
            secrets=[settings.keyring.seal("s" * 20)],
            preset="moderato",
        )
        session.add(found)
    return found


def acts(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def stored(database: Database, row: Any) -> Any:
    with database.read() as session:
        return session.get_one(type(row), row.id)


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{16})"', page)
    assert found, page
    return found[1]


def shown_secret(page: str) -> str:
    found = re.search(r'id="secret"[^>]* value="([^"]+)"', page)
    assert found, page
    return found[1].replace("&#43;", "+")


def letter(
    database: Database, source: WebhookSource, body: object, reason: str = "id: there is no text"
) -> InboundWebhook:
    with database.write() as session:
        found = InboundWebhook(
            source_id=source.id, mark=json.dumps(body)[:64], state=InboundState.DEAD, body=json.dumps(body),
            headers="{}", reason=reason,
        )  # fmt: skip
        session.add(found)
    return found


def test_an_endpoint_is_registered_and_its_secret_shown_this_once(
    ada: Person, database: Database, settings: Settings
) -> None:
    answer = ada.post(f"{PAGE}/new", {"url": URL, "events": ["comment.approved"], "description": "the CMS"})
    secret = shown_secret(answer.text)
    with database.read() as session:
        made = session.scalars(select(Endpoint)).one()
    assert (made.url, made.events, made.description) == (URL, ["comment.approved"], "the CMS")
    assert settings.keyring.open_all(made.secrets) == [secret]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers or secret not in answer.headers["Set-Cookie"]
    for page in (PAGE, f"{PAGE}/{made.id}"):
        assert secret.removeprefix("whsec_") not in ada.get(page).text
    assert acts(database) == ["endpoint.register"]


@pytest.mark.parametrize(
    "url", ["http://cms.example/", "https://127.0.0.1/", "https://u:p@cms.example/", "nonsense", ""]
)
def test_an_address_that_cannot_be_is_refused_beside_its_field(ada: Person, database: Database, url: str) -> None:
    answer = ada.post(f"{PAGE}/new", {"url": url})
    assert answer.status_code == 422
    assert 'id="fault_url"' in answer.text
    assert acts(database) == []


def test_the_same_address_twice_is_refused_beside_its_field(ada: Person, endpoint: Endpoint) -> None:
    answer = ada.post(f"{PAGE}/new", {"url": URL})
    assert answer.status_code == 409
    assert "There is an endpoint with this address already" in answer.text


def test_an_endpoint_is_changed(ada: Person, database: Database, endpoint: Endpoint) -> None:
    path = f"{PAGE}/{endpoint.id}"
    assert ada.post(path, {"url": URL + "/2", "events": ["comment.held"], "description": "new"}).status_code == 303
    now = stored(database, endpoint)
    assert (now.url, now.events, now.description) == (URL + "/2", ["comment.held"], "new")
    refused = ada.post(path, {"url": "https://10.0.0.1/"})
    assert (refused.status_code, 'id="fault_url"' in refused.text) == (422, True)
    assert stored(database, endpoint).url == URL + "/2"
    assert acts(database) == ["endpoint.change"]


def test_an_origin_keeps_its_address(ada: Person, database: Database, site: Site) -> None:
    with database.write() as session:
        origin = endpoints.find_or_add_origin(session, site.id, "https://cms.example")
    assert ada.post(f"{PAGE}/{origin.id}", {"url": "https://other.example/", "description": "x"}).status_code == 303
    now = stored(database, origin)
    assert (now.kind, now.url, now.description) == (EndpointKind.ORIGIN, "https://cms.example", "x")


def test_an_endpoint_is_switched_off_and_on_and_says_why(ada: Person, database: Database, endpoint: Endpoint) -> None:
    path = f"{PAGE}/{endpoint.id}/switch"
    assert ada.post(path, {"state": "off"}).status_code == 303
    assert stored(database, endpoint).state is EndpointState.DISABLED
    for page in (PAGE, f"{PAGE}/{endpoint.id}"):
        text = ada.get(page).text
        assert "switched off" in text
        assert "Switched off in the console." in text
    assert ada.post(path, {"state": "off"}).status_code == 409
    assert ada.post(path, {"state": "on"}).status_code == 303
    assert stored(database, endpoint).state is EndpointState.ACTIVE
    assert ada.post(path, {"state": "maybe"}).status_code == 400
    assert acts(database) == ["endpoint.disable", "endpoint.enable"]


def test_a_secret_is_rotated_once_however_often_the_form_is_sent(
    ada: Person, database: Database, endpoint: Endpoint, settings: Settings
) -> None:
    path = f"{PAGE}/{endpoint.id}"
    first = shown_secret(ada.post(f"{path}/rotate", {"seen": seen(ada.get(path).text)}).text)
    mark = seen(ada.get(path).text)
    second = shown_secret(ada.post(f"{path}/rotate", {"seen": mark}).text)
    assert ada.post(f"{path}/rotate", {"seen": mark}).status_code == 409
    assert ada.post(f"{path}/end-rotation", {"seen": mark}).status_code == 409
    assert settings.keyring.open_all(stored(database, endpoint).secrets) == [second, first]
    page = ada.get(path).text
    assert "Two secrets sign" in page
    assert second.removeprefix("whsec_") not in page
    assert ada.post(f"{path}/end-rotation", {"seen": seen(page)}).status_code == 303
    assert settings.keyring.open_all(stored(database, endpoint).secrets) == [second]
    assert acts(database) == ["endpoint.rotate", "endpoint.rotate", "endpoint.end_rotation"]
    with database.read() as session:
        assert second.removeprefix("whsec_") not in str([entry.detail for entry in session.scalars(select(AuditEntry))])


def test_a_lost_key_is_said_and_a_rotation_mends_it(ada: Person, database: Database, endpoint: Endpoint) -> None:
    with database.write() as session:
        session.get_one(Endpoint, endpoint.id).secrets = ["whsec_never_sealed"]
    path = f"{PAGE}/{endpoint.id}"
    for page in (PAGE, path):
        text = ada.get(page).text
        assert "No key in MODERATO_ENCRYPTION_KEYS opens its secret" in text
        assert "whsec_never_sealed" not in text
    ada.post(f"{path}/rotate", {"seen": seen(ada.get(path).text)})
    assert "MODERATO_ENCRYPTION_KEYS" not in ada.get(path).text


def test_why_the_worker_holds_an_endpoint_or_leaves_it_alone_is_said(
    ada: Person, database: Database, endpoint: Endpoint
) -> None:
    with database.write() as session:
        session.get_one(Endpoint, endpoint.id).held_reason = "The worker has another key."
    assert "The worker has another key." in ada.get(PAGE).text
    with database.write() as session:
        session.execute(update(Endpoint).values(held_reason="", failures=4, paused_until=database_now(500)))
    assert "After 4 failures it is left alone until" in ada.get(PAGE).text


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
        delivery.state, delivery.attempts, delivery.last_outcome = DeliveryState.FAILED, 10, Outcome.REFUSED
        delivery.last_status = 500
        session.add(
            Attempt(
                delivery_id=delivery.id,
                number=10,
                outcome=Outcome.REFUSED,
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


def test_an_endpoint_is_removed_only_when_the_box_is_ticked(
    ada: Person, database: Database, site: Site, endpoint: Endpoint
) -> None:
    submit(database, site.id)
    classify(database)
    assert ada.post(f"{PAGE}/{endpoint.id}/remove").status_code == 422
    assert ada.post(f"{PAGE}/{endpoint.id}/remove", {"sure": "on"}).status_code == 303
    with database.read() as session:
        assert session.scalars(select(Endpoint)).all() == session.scalars(select(Delivery)).all() == []
    assert acts(database) == ["endpoint.remove"]


def test_a_source_is_set_up_with_a_built_in_map(ada: Person, database: Database, settings: Settings) -> None:
    answer = ada.post(f"{SOURCES}/new", {"name": "Forum", "style": "discourse", "map": "discourse"})
    secret = shown_secret(answer.text)
    with database.read() as session:
        made = session.scalars(select(WebhookSource)).one()
    assert (made.style, made.preset, made.field_map) == (Style.DISCOURSE, "discourse", {})
    assert settings.keyring.open_all(made.secrets) == [secret]
    page = ada.get(f"{SOURCES}/{made.id}").text
    assert f"/v1/webhooks/{made.id}" in page
    assert secret not in page
    assert acts(database) == ["webhook_source.add"]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": ""}, "name"), ({"style": "carrier pigeon"}, "style"), ({"map": "none of ours"}, "preset"),
        ({"secret": "short"}, "secret"), ({"style": "standard", "secret": "x" * 20 + "!"}, "secret"),
        ({"token_header": "X Token"}, "token_header"), ({"map": "own", "id": "a b", "text": "t"}, "field_map"),
        ({"map": "own", "text": "t"}, "field_map"), ({"map": "own"}, "preset"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_refused_beside_the_field(
    ada: Person, database: Database, fields: dict[str, str], fault: str
) -> None:
    answer = ada.post(f"{SOURCES}/new", {"name": "x", "style": "github", "map": "moderato"} | fields)
    assert answer.status_code == 422
    assert f'id="fault_{fault}"' in answer.text
    with database.read() as session:
        assert session.scalars(select(WebhookSource)).all() == []


def test_an_own_map_goes_through_the_form_and_back(ada: Person, database: Database, source: WebhookSource) -> None:
    fields = {
        "name": "Forum", "map": "own", "id": "note.key", "text": "note.markdown, note.html", "html": "on",
        "author_id": "note.user.id", "action_path": "@x-event", "action_submit": "made, changed",
        "action_erase": "gone",
        "only": "model = comment, reply\nkind = public",
    }  # fmt: skip
    assert ada.post(f"{SOURCES}/{source.id}", fields).status_code == 303
    expected = {
        "id": "note.key", "text": ["note.markdown", "note.html"], "html": True, "author_id": "note.user.id",
        "action": {"path": "@x-event", "submit": ["made", "changed"], "erase": ["gone"]},
        "only": [{"path": "model", "values": ["comment", "reply"]}, {"path": "kind", "values": ["public"]}],
    }  # fmt: skip
    assert stored(database, source).field_map == expected
    page = ada.get(f"{SOURCES}/{source.id}").text
    for part in ("note.markdown, note.html", "made, changed", "model = comment, reply\nkind = public"):
        assert part in page
    assert ada.post(f"{SOURCES}/{source.id}", fields | {"map": "strapi"}).status_code == 303
    assert (stored(database, source).preset, stored(database, source).field_map) == ("strapi", {})
    assert acts(database) == ["webhook_source.change", "webhook_source.change"]


def test_a_sample_is_tried_and_nothing_is_stored(ada: Person, database: Database, source: WebhookSource) -> None:
    def tried(body: object, headers: str = "") -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = ada.post(f"{SOURCES}/{source.id}/try", {"body": text, "headers": headers})
        assert answer.status_code == 200
        return answer.text

    fits = tried({"type": "comment.created", "data": {"id": "c-<9>", "text": TEXT, "article_id": "bridge"}})
    for part in ("It fits", "c-&lt;9&gt;", "own figures", "bridge"):
        assert part in fits
    assert "and erases" in tried({"type": "comment.deleted", "data": {"id": "c-1"}})
    assert "of no concern" in tried({"type": "comment.liked", "data": {}})
    assert "It does not fit: id:" in tried({"type": "comment.created", "data": {}})
    assert "It does not fit: the body is not JSON" in tried("{")
    with database.write() as session:
        session.get_one(WebhookSource, source.id).preset = "discourse"
    body = {"post": {"id": 7, "raw": TEXT}}
    assert "of no concern" in tried(body)
    assert "It fits" in tried(body, "X-Discourse-Event: post_created\nX-Discourse-Event-Type: post")
    with database.read() as session:
        assert session.scalars(select(Comment)).all() == session.scalars(select(InboundWebhook)).all() == []
    assert acts(database) == []


def test_a_sources_secret_is_replaced_with_an_overlap(
    ada: Person, database: Database, source: WebhookSource, settings: Settings
) -> None:
    path = f"{SOURCES}/{source.id}"
    mark = seen(ada.get(path).text)
    given = "the-secret-that-the-cms-gave"
    assert shown_secret(ada.post(f"{path}/rotate", {"seen": mark, "secret": given}).text) == given
    assert ada.post(f"{path}/rotate", {"seen": mark}).status_code == 409
    assert settings.keyring.open_all(stored(database, source).secrets) == [given, "s" * 20]
    page = ada.get(path).text
    assert given not in page
    assert ada.post(f"{path}/end-rotation", {"seen": seen(page)}).status_code == 303
    assert settings.keyring.open_all(stored(database, source).secrets) == [given]
    assert acts(database) == ["webhook_source.rotate", "webhook_source.end_rotation"]


def test_dead_letters_are_tried_again_after_mending(ada: Person, database: Database, source: WebhookSource) -> None:
    first = letter(database, source, {"note": {"key": "n-1", "words": TEXT}})
    letter(database, source, {"note": {"key": "n-2", "words": TEXT + " More."}})
    letter(database, source, {"something": "<script>alert(1)</script>"}, reason="<b>id</b>")
    path = f"{SOURCES}/{source.id}"
    ada.post(path, {"name": "Forum", "map": "own", "id": "note.id", "text": "note.words"})
    page = ada.get(path).text
    assert "&lt;script&gt;" in page
    assert "<b>id</b>" not in page
    assert ada.post(f"{path}/letters/replay", {"letter": first.id}).status_code == 303
    assert stored(database, first).state is InboundState.DEAD
    ada.post(path, {"name": "Forum", "map": "own", "id": "note.key", "text": "note.words"})
    assert ada.post(f"{path}/letters/replay", {"letter": first.id}).status_code == 303
    assert stored(database, first).state is InboundState.APPLIED
    assert ada.post(f"{path}/letters/replay").status_code == 303
    with database.read() as session:
        assert set(session.scalars(select(Comment.external_id))) == {"n-1", "n-2"}
        (left,) = webhooks.dead_letters(session, source)
    assert "something" in (left.body or "")
    assert ada.post(f"{path}/letters/replay", {"letter": "0" * 32}).status_code == 404
    changed = "webhook_source.change"
    assert acts(database) == [changed, "webhook.replay", changed, "webhook.replay", "webhook.replay"]


def test_a_source_is_switched_off_and_removed(ada: Person, database: Database, source: WebhookSource) -> None:
    path = f"{SOURCES}/{source.id}"
    assert ada.post(f"{path}/switch", {"state": "off"}).status_code == 303
    assert stored(database, source).disabled_at is not None
    assert "switched off" in ada.get(PAGE).text
    assert ada.post(f"{path}/switch", {"state": "on"}).status_code == 303
    assert stored(database, source).disabled_at is None
    assert ada.post(f"{path}/remove").status_code == 422
    assert ada.post(f"{path}/remove", {"sure": "on"}).status_code == 303
    with database.read() as session:
        assert session.scalars(select(WebhookSource)).all() == []
    assert acts(database) == ["webhook_source.disable", "webhook_source.enable", "webhook_source.remove"]


def test_another_sites_endpoints_sources_and_callbacks_are_not_there(
    ada: Person, database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        theirs = endpoints.register(session, other_site.id, "https://herald.example/", allowed=Allowances())
        source = WebhookSource(
            site_id=other_site.id, name="Theirs", style=Style.TOKEN, secrets=["x"], preset="moderato"
        )
        session.add(source)
        session.flush()
        delivery = Delivery(
            site_id=other_site.id, endpoint_id=theirs.id, event=Event.TEST, next_attempt_at=database_now()
        )
        session.add(delivery)
    assert "herald.example" not in ada.get(PAGE).text
    assert "Theirs" not in ada.get(PAGE).text
    letters = letter(database, source, {})
    everything = {
        "state": "off",
        "seen": "0" * 16,
        "sure": "on",
        "since": "2026-01-01T00:00",
        "name": "x",
        "body": "{}",
    }
    for path in (f"{PAGE}/{theirs.id}", f"{SOURCES}/{source.id}", f"/console/sites/gazette/deliveries/{delivery.id}"):
        assert ada.get(path).status_code == 404
    for act in ("", "/switch", "/rotate", "/end-rotation", "/test", "/replay", "/remove"):
        assert ada.post(f"{PAGE}/{theirs.id}{act}", everything).status_code == 404, act
    for act in ("", "/switch", "/rotate", "/end-rotation", "/try", "/letters/replay", "/remove"):
        sent = everything | {"letter": letters.id, "map": "moderato"}
        assert ada.post(f"{SOURCES}/{source.id}{act}", sent).status_code == 404, act
    assert ada.post(f"/console/sites/gazette/deliveries/{delivery.id}/replay").status_code == 404
    assert acts(database) == []
    assert stored(database, theirs).state is EndpointState.ACTIVE


def test_connections_take_an_admin(lea: Person, endpoint: Endpoint, source: WebhookSource) -> None:
    for path in (PAGE, f"{PAGE}/{endpoint.id}", f"{SOURCES}/{source.id}"):
        assert lea.get(path).status_code == 403
    assert "Connections" not in lea.get("/console/sites/gazette/operations").text


def test_no_form_passes_without_its_token(ada: Person, database: Database, endpoint: Endpoint) -> None:
    for act in ("switch", "rotate", "test", "remove"):
        answer = ada.client.post(f"{PAGE}/{endpoint.id}/{act}", data={"state": "off", "sure": "on"})
        assert answer.status_code == 403
    assert acts(database) == []
