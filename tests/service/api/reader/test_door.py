"""Who may use a form's key: pages of the origins on its list, a key that may submit and nothing else, within a rate."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from service.accounts import keys
from service.accounts.perspective import Terms
from service.clock import utc_now
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Site
from service.queues import Queues
from service.vocabulary import Scope
from tests.service.api.conftest import LONG_ENOUGH
from tests.service.api.reader.conftest import BASE, ORIGIN, Reader, form_key
from tests.support.quicker import application

pytestmark = pytest.mark.one_database
ALLOW = "Access-Control-Allow-Origin"
STRANGE = "https://gazette.example.evil"
HINT = {"text": "Thank you."}
NOON = "2026-11-22T12:00:30+00:00"


def test_a_page_of_an_origin_that_is_not_on_the_keys_list_is_told_how_to_be(
    reader: Reader, app: Flask, database: Database, site: Site
) -> None:
    nobodys = Reader(app, form_key(database, site, origins=()))
    for browser in (replace(reader, origin=STRANGE), replace(reader, origin="null"), nobodys):
        for answer in (browser.send(), browser("GET", query="&article=bridge"), browser("POST", "/hints", json=HINT)):
            problem = answer.get_json()
            assert (answer.status_code, problem["code"]) == (403, "origin_not_allowed")
            assert f"moderato keys origins SITE {browser.key[8:16]} --origin" in problem["detail"]
            # so that the page shows the sentence, and not that there is no connection
            assert answer.headers[ALLOW] == browser.origin
            assert "Access-Control-Allow-Credentials" not in answer.headers
    with database.read() as session:
        assert session.query(Comment).count() == 0


def test_a_page_of_an_origin_on_the_list_reads_every_answer_and_sends_no_credentials(reader: Reader) -> None:
    refused = reader.send("Too short.")
    for answer in (reader.send(), refused, reader("GET", query="&article=bridge"), reader("GET", "/none")):
        assert answer.headers[ALLOW] == ORIGIN
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert refused.status_code == 422


def test_a_page_reads_why_a_key_will_not_do(reader: Reader, app: Flask, database: Database, site: Site) -> None:
    with database.write() as session:
        expired = keys.create(
            session, site.id, "old", scopes=(Scope.SUBMIT,), expires_at=utc_now() - timedelta(seconds=1)
        )
        revoked = keys.create(session, site.id, "revoked", scopes=(Scope.SUBMIT,))
        keys.revoke(session, site.id, keys.id_of(revoked))
    for key in ("cm_live_wrong", expired, revoked):
        answer = replace(reader, key=key).send()
        assert (answer.status_code, answer.headers[ALLOW]) == (401, ORIGIN)
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_passes_so_that_the_request_itself_is_answered(reader: Reader) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("", "/hints", "/some-receipt", "/some-receipt/appeals"):
        answer = reader("OPTIONS", path, headers=asked)
        assert (answer.status_code, answer.headers[ALLOW]) == (204, ORIGIN)
        assert "content-type" in answer.headers["Access-Control-Allow-Headers"]
        assert replace(reader, origin=STRANGE)("OPTIONS", path, headers=asked).headers[ALLOW] == STRANGE


def test_a_program_without_an_origin_sends_too(reader: Reader) -> None:
    assert replace(reader, origin=None).send().status_code == 202


def test_a_key_that_may_do_more_than_submit_is_refused_and_the_answer_says_why(
    app: Flask, database: Database, site: Site
) -> None:
    for more in (scope for scope in Scope if scope is not Scope.SUBMIT):
        with database.write() as session:
            scopes = (Scope.SUBMIT, more)
            key = keys.create(session, site.id, "cms", scopes=scopes, perspective=Terms(origins=(ORIGIN,)))
        problem = Reader(app, key).send().get_json()
        assert (problem["status"], problem["code"]) == (403, "key_too_strong")
        assert "every reader" in problem["detail"]


def test_a_key_that_lies_in_pages_sends_comments_through_the_readers_door_alone(
    reader: Reader, app: Flask, database: Database, site: Site
) -> None:
    body = {"id": "c1", "text": LONG_ENOUGH, "created_at": "1999-01-01T00:00:00Z"}
    with database.write() as session:
        both = keys.create(
            session, site.id, "page", scopes=(Scope.SUBMIT, Scope.SCORE), perspective=Terms(origins=(ORIGIN,))
        )
        servers = keys.create(session, site.id, "server", scopes=(Scope.SUBMIT,))
    for key, status in ((reader.key, 403), (both, 403), (servers, 202)):
        headers = {"Authorization": f"Bearer {key}"}
        answer = reader.client.post("/v1/comments", json=body, headers=headers)
        assert answer.status_code == status
        batch = reader.client.post("/v1/comments/batch", json={"comments": [body]}, headers=headers)
        assert batch.status_code == (403 if status == 403 else 200)
        if status == 403:
            assert "/v1/reader/comments" in answer.get_json()["detail"]
            assert "/v1/reader/comments" in batch.get_json()["detail"]


def test_one_address_sends_so_many_comments_a_minute_and_another_is_not_hindered(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = application(settings.model_copy(update={"reader_comments_per_minute": 2}), database, queues)
    busy = Reader(tight, form_key(database, site))
    with time_machine.travel(NOON, tick=False):
        statuses = [busy.send(f"{LONG_ENOUGH} {number}").status_code for number in range(4)]
        assert statuses == [202, 202, 429, 429]
        answer = busy.send()
        assert (answer.get_json()["code"], 1 <= int(answer.headers["Retry-After"]) <= 60) == ("too_many_requests", True)
        assert "wait a minute" in answer.get_json()["detail"]
        assert busy("GET", query="&article=bridge").status_code == 200
        assert replace(busy, address="192.0.2.8").send().status_code == 202
    names = [name.decode() for name in queues.redis.keys("moderato:rate:*")]
    assert names
    assert not any(re.search(r"192\.0\.2", name) for name in names), "an address is never kept"


@pytest.mark.parametrize(
    "addresses",
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ff::2", "2001:db8:1:3::1"),
        ("192.0.2.7", "::ffff:192.0.2.7", "::ffff:192.0.2.8"),
    ],
)
def test_a_network_of_ipv6_has_the_rates_of_one_address(
    settings: Settings, database: Database, queues: Queues, site: Site, addresses: tuple[str, str, str]
) -> None:
    tight = application(settings.model_copy(update={"reader_comments_per_minute": 1}), database, queues)
    reader = Reader(tight, form_key(database, site))
    with time_machine.travel(NOON, tick=False):
        statuses = [replace(reader, address=one).send(f"{LONG_ENOUGH} {one}").status_code for one in addresses]
    assert statuses == [202, 429, 202]


def test_behind_proxies_the_address_is_the_one_that_they_name(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    changes = {"reader_comments_per_minute": 1, "proxy_hops": 1}
    reader = Reader(application(settings.model_copy(update=changes), database, queues), form_key(database, site))
    body = {"article": {"id": "bridge"}, "text": "The council has voted to rebuild the bridge, and I am glad of it."}
    with time_machine.travel(NOON, tick=False):
        for client, status in (("198.51.100.1", 202), ("198.51.100.1", 429), ("198.51.100.2", 202)):
            headers = {"X-Forwarded-For": f"203.0.113.9, {client}"}
            assert reader("POST", json=body, headers=headers).status_code == status


def test_the_key_may_come_in_the_header_too(reader: Reader) -> None:
    headers = {"Authorization": f"Bearer {reader.key}", "Origin": ORIGIN}
    assert reader.client.get(f"{BASE}?article=bridge", headers=headers).status_code == 200
    assert reader.client.get(f"{BASE}?article=bridge").status_code == 401
