"""The page of API keys: what a key may do and until when, chosen when it is made; shown once; revoked."""

import re

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.accounts.keys import KeyCache
from service.clock import utc_now
from service.db import Database
from service.models import ApiKey, Site
from service.vocabulary import Scope
from tests.support.console import Person, text_of

KEYS = "/console/sites/gazette/keys"


def created(page: str) -> str:
    found = re.search(r"cm_live_\w+", page)
    assert found, page
    return found[0]


def test_a_key_is_made_as_the_form_says_and_shown_once(ada: Person, database: Database, site: Site) -> None:
    answer = ada.post(KEYS, {"name": "our form", "scope": ["submit"], "days": "90"})
    key = KeyCache(database).verify(created(answer.text))
    assert key is not None
    assert (key.site_id, key.name, key.scopes) == (site.id, "our form", {Scope.SUBMIT})
    with database.read() as session:
        ends = session.scalars(select(ApiKey.expires_at)).one()
    assert ends is not None
    assert 89 <= (ends - utc_now()).days <= 90
    page = ada.get(KEYS).text
    assert created(answer.text) not in page
    assert f"our form cm_live_{key.id}… submit" in text_of(page)
    assert ends.strftime("%-d %b %Y %H:%M UTC") in page


@pytest.mark.one_database
def test_the_pages_of_a_form_are_given_with_its_key(ada: Person, database: Database) -> None:
    origins = "https://gazette.example\nhttps://www.gazette.example\n"
    answer = ada.post(KEYS, {"name": "form", "scope": ["submit"], "days": "", "origins": origins})
    key = KeyCache(database).verify(created(answer.text))
    assert key is not None
    assert key.perspective.origins == ("https://gazette.example", "https://www.gazette.example")
    assert not key.perspective.appeals
    shown = text_of(ada.get(KEYS).text)
    assert "submit https://gazette.example https://www.gazette.example" in shown
    refused = ada.post(KEYS, {"name": "form", "scope": ["submit"], "origins": "https://gazette.example/page"})
    assert (refused.status_code, "https://gazette.example/page" in refused.text) == (422, True)


@pytest.mark.one_database
def test_a_key_for_a_form_begins_with_what_a_form_needs_and_may_take_appeals(ada: Person, database: Database) -> None:
    page = ada.get(f"{KEYS}?for=form").text
    assert re.findall(r'name="scope" value="(\w+)" checked', page) == ["submit"]
    assert '<option value="" selected>' in page
    answer = ada.post(
        KEYS,
        {"name": "form", "scope": "submit", "days": "", "origins": "https://gazette.example", "appeals": "yes"},
    )
    key = KeyCache(database).verify(created(answer.text))
    assert key is not None
    assert key.perspective.appeals
    assert "https://gazette.example appeals" in text_of(ada.get(KEYS).text)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"name": "x", "days": "90"}, 422),
        ({"name": "", "scope": "read", "days": "90"}, 422),
        ({"name": "x" * 101, "scope": "read", "days": "90"}, 422),
        ({"name": "x", "scope": "everything", "days": "90"}, 422),
        ({"name": "x", "scope": "read", "days": "9999"}, 400),
    ],
)
def test_a_form_that_will_not_do_makes_no_key(
    ada: Person, database: Database, form: dict[str, str], status: int
) -> None:
    assert ada.post(KEYS, form).status_code == status
    with database.read() as session:
        assert session.scalars(select(ApiKey)).all() == []


def test_a_key_is_revoked_here_and_no_other_sites_key_is(
    ada: Person, database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        ours, theirs = keys.create(session, site.id, "ours"), keys.create(session, other_site.id, "theirs")
    assert ada.post(f"{KEYS}/{keys.id_of(ours)}/revoke", {"sure": "on"}).status_code == 303
    assert ada.post(f"{KEYS}/{keys.id_of(theirs)}/revoke", {"sure": "on"}).status_code == 404
    assert KeyCache(database).verify(ours) is None
    assert KeyCache(database).verify(theirs) is not None
    page = text_of(ada.get(KEYS).text)
    assert "revoked" in page
    assert "theirs" not in page
