"""Endpoints by plain forms: registered, changed, switched, their secrets rotated, removed."""

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import AuditEntry, Delivery, Endpoint, EndpointState, Site
from service.models.endpoint import EndpointKind
from service.moderation.callbacks import endpoints
from tests.support.comments import classify, submit
from tests.support.connections import PAGE, URL, acts, endpoint, seen, shown_secret, source, stored
from tests.support.console import Person

__all__ = ["endpoint", "source"]


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


def test_the_form_names_the_setting_that_would_allow_an_address(ada: Person) -> None:
    answer = ada.post(f"{PAGE}/new", {"url": "http://localhost:3000/"})
    assert "MODERATO_CALLBACK_ALLOW_PRIVATE=127.0.0.0/8,::1/128 allows it" in answer.text


def test_why_an_address_is_refused_is_said_in_the_visitors_language(ada: Person) -> None:
    answer = ada.post(f"{PAGE}/new", {"url": "ftp://cms.example/"}, headers={"Accept-Language": "de"})
    assert "Diese Adresse ist nicht verwendbar: die Adresse muss mit https:// beginnen." in answer.text


def test_the_same_address_twice_is_refused_beside_its_field(ada: Person, endpoint: Endpoint) -> None:
    answer = ada.post(f"{PAGE}/new", {"url": URL})
    assert answer.status_code == 409
    assert "An endpoint with this address already exists" in answer.text


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
    assert ada.post(f"{path}/end-rotation", {"seen": mark, "sure": "on"}).status_code == 409
    assert settings.keyring.open_all(stored(database, endpoint).secrets) == [second, first]
    page = ada.get(path).text
    assert "Two secrets sign" in page
    assert second.removeprefix("whsec_") not in page
    assert ada.post(f"{path}/end-rotation", {"seen": seen(page), "sure": "on"}).status_code == 303
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
    assert "After 4 failures it is paused until" in ada.get(PAGE).text


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
