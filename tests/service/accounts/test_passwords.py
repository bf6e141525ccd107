"""Passwords at the cost that production pays: the tests that only sign in use a cheap hash, these do not."""

import pytest
from argon2 import extract_parameters
from sqlalchemy import select

from service.accounts import passwords
from service.db import Database
from service.installation.settings import Settings
from service.models import Moderator
from service.queues import Queues
from tests.support.console import PASSWORD, send_sign_in
from tests.support.quicker import CHEAP, NOBODY, REAL, application


@pytest.fixture
def real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", REAL)
    monkeypatch.setattr(passwords, "_NOBODY", NOBODY)


def test_a_hash_costs_what_rfc_9106_asks_and_one_for_nobody_costs_the_same(real_cost: None) -> None:
    stored = passwords.hash_password(PASSWORD)
    for hashed in (stored, NOBODY):
        asked = extract_parameters(hashed)
        assert (asked.type.name, asked.memory_cost, asked.time_cost, asked.parallelism) == ("ID", 64 * 1024, 3, 4)
    assert passwords.verify(stored, PASSWORD)
    assert not passwords.verify(stored, PASSWORD.title())
    assert not passwords.verify(None, PASSWORD)
    assert not passwords.needs_rehash(stored)
    assert not passwords.needs_rehash(NOBODY)


@pytest.mark.one_database
def test_a_hash_that_cost_too_little_is_replaced_at_the_next_sign_in(
    settings: Settings, queues: Queues, database: Database, real_cost: None
) -> None:
    app, ana = application(settings, database, queues), "ana@gazette.example"
    with database.write() as session:
        session.add(Moderator(email=ana, name="Ana Lima", password_hash=CHEAP.hash(PASSWORD)))
    assert send_sign_in(app.test_client(), ana, PASSWORD + "!").status_code == 401
    with database.read() as session:
        before = session.scalars(select(Moderator.password_hash)).one()
    assert CHEAP.check_needs_rehash(before) is False, "a wrong password changes nothing"
    assert send_sign_in(app.test_client(), ana, PASSWORD).status_code == 303
    with database.read() as session:
        after = session.scalars(select(Moderator.password_hash)).one()
    assert after is not None
    assert not passwords.needs_rehash(after)
    assert passwords.verify(after, PASSWORD)
