"""Legal notices by API: taken from a key that may submit, and followed without the notifier's name and address."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from service.accounts import keys
from service.accounts.perspective import Terms
from service.db import Database, database_now
from service.models import LegalNotice, LegalNoticeState, Site
from service.vocabulary import Scope
from tests.service.api.conftest import Caller
from tests.support.legal_notices import EMAIL, NAME, SAID

PATH = "/v1/legal-notices"


def submitter(app: Flask, database: Database, site: Site, **terms: Any) -> Caller:
    with database.write() as session:
        given = Terms(**terms) if terms else None
        return Caller(
            app.test_client(), keys.create(session, site.id, "cms", scopes=(Scope.SUBMIT,), perspective=given)
        )


def test_a_legal_notice_is_confirmed_at_once_and_followed_to_its_decision(
    app: Flask, call: Caller, database: Database, site: Site
) -> None:
    call.send("c-0")
    sent = submitter(app, database, site)("POST", PATH, json=SAID)
    assert sent.status_code == 201, sent.text
    receipt = sent.get_json()
    assert receipt.keys() == {"id", "received_at"}
    followed = call("GET", f"{PATH}/{receipt['id']}")
    shown = followed.get_json()
    assert shown == receipt | {
        "kind": "defamation", "state": "open", "comment_id": "c-0", "source": None, "answer": None, "redress": None,
        "automated_means": False, "decided_at": None,
    }  # fmt: skip
    decided = {"state": LegalNoticeState.TAKEN_DOWN, "answer": "Removed.", "decided_at": database_now()}
    for until, state in ((60, "open"), (-60, "taken_down")):
        with database.write() as session:
            session.execute(update(LegalNotice).values(**decided, undo_until=database_now(until)))
        followed = call("GET", f"{PATH}/{receipt['id']}")
        assert followed.get_json()["state"] == state, "nobody learns of what may still be undone"
        assert not any(private in followed.text for private in (NAME, EMAIL))
    assert followed.get_json()["answer"] == "Removed."


@pytest.mark.one_database
def test_what_is_wrong_is_named_by_field_and_never_repeated(call: Caller, database: Database) -> None:
    wrong = SAID | {"location": "", "explanation": "zinnober", "email": "zinnober", "good_faith": False}
    answer = call("POST", PATH, json=wrong)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [
        "#/location", "#/explanation", "#/email", "#/good_faith"
    ]  # fmt: skip
    assert "zinnober" not in answer.text
    for body in (SAID | {"kind": "rude"}, SAID | {"extra": 1}, {k: SAID[k] for k in SAID if k != "explanation"}):
        assert call("POST", PATH, json=body).status_code == 422
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LegalNotice)) == 0


@pytest.mark.one_database
def test_the_same_request_twice_is_one_legal_notice(call: Caller, database: Database) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first, again = (call("POST", PATH, json=SAID, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LegalNotice)) == 1


@pytest.mark.one_database
def test_the_key_of_a_form_goes_through_the_public_page_with_its_guards(
    app: Flask, database: Database, site: Site
) -> None:
    form = submitter(app, database, site, origins=("https://gazette.example",))
    assert form("POST", PATH, json=SAID).status_code == 403


@pytest.mark.one_database
def test_another_sites_legal_notice_is_a_404(call: Caller, other_call: Caller) -> None:
    call.send("c-0")
    sent = other_call("POST", PATH, json=SAID).get_json()
    assert call("GET", f"{PATH}/{sent['id']}").status_code == 404
    assert other_call("GET", f"{PATH}/{sent['id']}").get_json()["comment_id"] is None, "c-0 is the other site's"
