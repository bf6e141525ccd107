"""The operations page: what it tells, and that a replay is one site's own, a lead's, and in the audit log."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from service.clock import utc_now
from service.db import Database
from service.models import (
    AuditEntry,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    Site,
    WebhookSource,
    WorkerBeat,
)
from service.models.moderator import Role
from service.queues import Queues
from service.vocabulary import Event
from tests.support.console import Person, add_moderator, enter

PAGE = "/console/sites/gazette/operations"


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def failing(database: Database, site: Site, *, count: int = 2) -> Endpoint:
    with database.write() as session:
        endpoint = Endpoint(site_id=site.id, url="https://cms.example/hook", secrets=[], state=EndpointState.DISABLED)
        session.add(endpoint)
        session.flush()
        for number in range(count):
            session.add(
                Delivery(
                    site_id=site.id,
                    endpoint_id=endpoint.id,
                    event=next(iter(Event)),
                    sequence=number,
                    state=DeliveryState.FAILED,
                    attempts=10,
                    next_attempt_at=utc_now() - timedelta(hours=1),
                )
            )
    return endpoint


def dead_letter(database: Database, site: Site) -> InboundWebhook:
    with database.write() as session:
        source = WebhookSource(site_id=site.id, name="Our CMS", style="standard", secrets=[], preset="")
        source.field_map = {}
        session.add(source)
        session.flush()
        inbound = InboundWebhook(
            source_id=source.id, mark="m", state=InboundState.DEAD, reason="no text", body=json.dumps({}), headers="{}"
        )
        session.add(inbound)
    return inbound


def states(database: Database) -> set[DeliveryState]:
    with database.read() as session:
        return set(session.scalars(select(Delivery.state)))


def test_workers_are_shown_alive_or_silent_with_their_models(database: Database, site: Site, lea: Person) -> None:
    with database.write() as session:
        for role, age in (("classification", 2), ("delivery", 600), ("upkeep", 200_000)):
            seen = utc_now() - timedelta(seconds=age)
            versions = {"toxicity": "compact 1"} if role == "classification" else {}
            session.add(WorkerBeat(role=role, host="box", pid=7, versions=versions, started_at=seen, seen_at=seen))
    page = lea.get(PAGE).text
    assert '<th scope="row" class="alive">classification' in page
    assert '<th scope="row" class="silent">delivery' in page
    assert "upkeep" not in page
    assert "toxicity compact 1" in text_of(page)


def test_queues_are_counted_and_a_dead_redis_is_explained(
    app: Flask, queues: Queues, lea: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.wake()
    assert "classification 1 0 0" in text_of(lea.get(PAGE).text)
    monkeypatch.setattr(queues, "redis", Queues("unix:///nonexistent/redis.sock").redis)
    assert "Redis is not responding. Comments are still accepted" in text_of(lea.get(PAGE).text)


def test_a_failed_callback_is_owed_again(database: Database, site: Site, lea: Person) -> None:
    failing(database, site)
    page = lea.get(PAGE)
    delivery = re.search(r'name="delivery" value="(\w+)"', page.text)
    assert delivery
    assert lea.post(f"{PAGE}/deliveries/replay", {"delivery": delivery[1]}).status_code == 303
    assert states(database) == {DeliveryState.WAITING, DeliveryState.FAILED}
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.site_id == site.id)).one()
    assert (entry.action, entry.subject_id, entry.detail) == ("delivery.replay", delivery[1], {"count": 1})


def test_all_of_an_endpoint_is_owed_again(database: Database, site: Site, lea: Person) -> None:
    endpoint = failing(database, site, count=3)
    answer = lea.post(f"{PAGE}/deliveries/replay", {"endpoint": endpoint.id}, follow_redirects=True)
    assert "3 callbacks will be sent again" in text_of(answer.text)
    assert states(database) == {DeliveryState.WAITING}


def test_switching_an_endpoint_on_takes_an_admin(database: Database, site: Site, app: Flask, lea: Person) -> None:
    endpoint = failing(database, site)
    assert lea.post(f"{PAGE}/endpoints/enable", {"endpoint": endpoint.id}).status_code == 403
    adi = enter(app.test_client(), add_moderator(database, "adi@gazette.example", "Adi", gazette=Role.ADMIN))
    assert adi.post(f"{PAGE}/endpoints/enable", {"endpoint": endpoint.id}).status_code == 303
    assert adi.post(f"{PAGE}/endpoints/enable", {"endpoint": endpoint.id}).status_code == 409
    with database.read() as session:
        assert session.get_one(Endpoint, endpoint.id).state is EndpointState.ACTIVE


def test_a_dead_webhook_is_tried_again_with_the_map_of_now(database: Database, site: Site, lea: Person) -> None:
    inbound = dead_letter(database, site)
    body = {"what": "c1", "says": "This is a remark that is long enough for any site in the whole wide world."}
    with database.write() as session:
        session.get_one(InboundWebhook, inbound.id).body = json.dumps(body)
        source = session.get_one(WebhookSource, inbound.source_id)
        source.field_map = {"id": "what", "text": "says"}
    page = lea.get(PAGE)
    assert "Our CMS" in page.text
    sent = {"source": inbound.source_id, "webhook": inbound.id}
    answer = lea.post(f"{PAGE}/webhooks/replay", sent, follow_redirects=True)
    assert "The webhook was applied." in text_of(answer.text), text_of(answer.text)
    with database.read() as session:
        assert session.scalars(select(Comment.external_id)).all() == ["c1"]
        assert session.scalars(select(AuditEntry.detail).where(AuditEntry.site_id == site.id)).all() == [
            {"applied": True}
        ]


def test_another_sites_deliveries_and_webhooks_are_not_to_be_touched(
    database: Database, other_site: Site, lea: Person
) -> None:
    endpoint, inbound = failing(database, other_site), dead_letter(database, other_site)
    with database.read() as session:
        delivery = session.scalars(select(Delivery.id)).first()
    page = lea.get(PAGE).text
    assert "cms.example" not in page
    assert "Our CMS" not in page
    for path, sent in (
        ("deliveries/replay", {"delivery": delivery}),
        ("deliveries/replay", {"endpoint": endpoint.id}),
        ("webhooks/replay", {"source": inbound.source_id, "webhook": inbound.id}),
    ):
        assert lea.post(f"{PAGE}/{path}", sent).status_code == 404
    assert states(database) == {DeliveryState.FAILED}


def test_operations_take_a_lead(ana: Person) -> None:
    assert ana.get(PAGE).status_code == 403
    assert ana.post(f"{PAGE}/deliveries/replay", {"endpoint": "x"}).status_code == 403
    assert ana.post(f"{PAGE}/doctor").status_code == 403


def test_it_says_why_an_endpoint_is_held(database: Database, site: Site, lea: Person) -> None:
    why = "No key in MODERATO_ENCRYPTION_KEYS opens its secret."
    with database.write() as session:
        session.add(Endpoint(site_id=site.id, url="https://cms.example/hook", secrets=[], held_reason=why))
    told = lea.get(PAGE).text
    assert '<span class="badge badge-bad">held</span>' in told
    assert why in told


def test_workers_that_a_restart_replaced_are_counted_and_not_shown_as_silent(
    database: Database, site: Site, lea: Person
) -> None:
    now = utc_now()
    with database.write() as session:
        for pid, seen in ((7, now - timedelta(hours=2)), (8, now)):
            session.add(WorkerBeat(role="delivery", host="box", pid=pid, started_at=seen, seen_at=seen))
    told = lea.get(PAGE).text
    assert "process 8" in told
    assert "process 7" not in told
    assert "1 worker has stopped in the last day" in told
