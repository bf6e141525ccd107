"""The public page for legal notices: a plain form, errors beside their fields, a receipt that shows the decision."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.api.reader.legal_words import SENTENCES
from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import LegalNotice, LegalNoticeKind, LegalNoticeState, Site
from service.queues import Queues
from tests.service.api.reader.conftest import ORIGIN, Reader, form_key
from tests.support.legal_notices import EMAIL, EXPLANATION, NAME, SAID
from tests.support.quicker import application

PATH = "/v1/reader/legal-notices"
FIELDS = {**SAID, "good_faith": "yes"}
NOON = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>'


def ask(
    reader: Reader, method: str = "GET", path: str = "", *, query: str = "", origin: str | None = None, **options: Any
) -> TestResponse:
    """Open the page as a browser does; a form of the page sends the page's own origin."""
    headers = {"Origin": origin} if origin else {}
    return reader.client.open(
        f"{PATH}{path}?key={reader.key}{query}", method=method, headers=headers,
        environ_overrides={"REMOTE_ADDR": reader.address}, **options,
    )  # fmt: skip


def send(reader: Reader, *, origin: str | None = "http://localhost", **fields: str) -> TestResponse:
    return ask(reader, "POST", origin=origin, data=FIELDS | fields)


def stored(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(LegalNotice)) or 0


def test_the_form_leads_to_a_receipt_that_shows_a_reference_and_later_the_decision(
    reader: Reader, database: Database
) -> None:
    page = ask(reader, query="&location=https://gazette.example/bridge%23c-0")
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "same-origin")
    assert 'value="https://gazette.example/bridge#c-0"' in page.text
    assert "<script" not in page.text
    sent = send(reader)
    assert sent.status_code == 303
    with database.read() as session:
        legal_notice = session.scalars(select(LegalNotice)).one()
    assert (legal_notice.name, legal_notice.email, legal_notice.explanation) == (NAME, EMAIL, EXPLANATION)
    receipt = reader.visit(sent.headers["Location"])
    assert legal_notice.id in receipt.text
    assert "A person will read it and decide." in receipt.text
    decided = {"state": LegalNoticeState.TAKEN_DOWN, "answer": f"Gone. {HOSTILE}", "redress": "Complain to us."}
    for until, is_told in ((60, False), (-60, True)):
        with database.write() as session:
            moments = {"decided_at": database_now(), "undo_until": database_now(until)}
            session.execute(update(LegalNotice).values(**decided, **moments))
        receipt = reader.visit(sent.headers["Location"])
        assert ("The comment was removed." in receipt.text) is is_told
    assert "Complain to us." in receipt.text
    assert not any(private in receipt.text for private in (HOSTILE, NAME, EMAIL, EXPLANATION))
    assert receipt.headers["Cache-Control"] == "no-store"


@pytest.mark.one_database
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept_and_escaped(
    reader: Reader, database: Database
) -> None:
    page = send(reader, email="nobody", good_faith="", name=HOSTILE, explanation=f"{EXPLANATION} {HOSTILE}")
    assert page.status_code == 422
    assert re.findall(r'id="fault-(\w+)"', page.text) == ["email", "good_faith"]
    assert 'value="nobody" aria-invalid="true" aria-describedby="fault-email hint-email"' in page.text
    assert HOSTILE not in page.text
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert stored(database) == 0


@pytest.mark.one_database
def test_offences_against_children_are_told_of_without_a_name(reader: Reader, database: Database) -> None:
    assert send(reader, kind="child_abuse", name="", email="").status_code == 303
    assert stored(database) == 1


@pytest.mark.one_database
def test_a_program_that_fills_the_hidden_field_is_answered_and_nothing_is_stored(
    reader: Reader, database: Database
) -> None:
    sent = send(reader, website="https://pills.example")
    assert sent.status_code == 303
    assert "A person will read it and decide." in reader.visit(sent.headers["Location"]).text
    assert stored(database) == 0


@pytest.mark.one_database
def test_other_sites_pages_send_nothing_and_the_publishers_do(reader: Reader, database: Database) -> None:
    for origin, status in (("https://evil.example", 403), ("null", 403), (ORIGIN, 303), (None, 303)):
        assert send(reader, origin=origin).status_code == status, origin
    assert stored(database) == 2


@pytest.mark.one_database
def test_a_receipt_is_good_at_its_site_alone_and_cannot_be_guessed(
    reader: Reader, app: Flask, database: Database, other_site: Site
) -> None:
    there = re.sub(r".*/|\?.*", "", send(reader).headers["Location"])
    stranger = Reader(app, form_key(database, other_site))
    assert ask(reader, path=f"/{there}").status_code == 200
    assert ask(stranger, path=f"/{there}").status_code == 404
    assert ask(reader, path=f"/{there[:-1]}0" if there[-1] != "0" else f"/{there[:-1]}1").status_code == 404


@pytest.mark.one_database
@pytest.mark.parametrize("key", ["", "cm_live_unknown"])
def test_without_a_key_of_the_site_there_is_no_form(app: Flask, key: str) -> None:
    answer = app.test_client().get(f"{PATH}?key={key}")
    assert (answer.status_code, "<form" in answer.text) == (401, False)


def test_every_language_says_everything() -> None:
    everything = SENTENCES["en"].keys()
    assert [language for language, words in SENTENCES.items() if words.keys() != everything] == []
    assert everything >= set(LegalNoticeKind) | {LegalNoticeState.TAKEN_DOWN, LegalNoticeState.LEFT_PUBLISHED}


@pytest.mark.one_database
def test_one_address_sends_few_a_minute_and_gets_its_words_back(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = application(settings.model_copy(update={"reader_comments_per_minute": 2}), database, queues)
    reader = Reader(tight, form_key(database, site))
    with time_machine.travel(NOON, tick=False):
        assert [send(reader).status_code for _ in range(3)] == [303, 303, 429]
        refused = send(reader)
    assert EXPLANATION in refused.text
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
