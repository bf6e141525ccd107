"""Connections are an admin's, of their own site, and of forms that carry their token."""

from service.db import Database, database_now
from service.models import Delivery, Endpoint, EndpointState, Site, Style, WebhookSource
from service.moderation.callbacks import endpoints
from service.outside.addresses import Allowances
from service.vocabulary import Event
from tests.support.connections import PAGE, SOURCES, acts, endpoint, letter, source, stored
from tests.support.console import Person

__all__ = ["endpoint", "source"]


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
