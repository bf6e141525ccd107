"""Rules of API keys: their form, who they speak for, how they end."""

import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.accounts.keys import KeyCache
from service.clock import utc_now
from service.db import Database
from service.installation.settings import Settings
from service.models import ApiKey, Site
from service.queues import Queues
from tests.service.api.conftest import caller
from tests.support.quicker import application


def made(database: Database, site: Site, **options: object) -> str:
    with database.write() as session:
        return keys.create(session, site.id, "cms", **options)  # type: ignore[arg-type]


def test_a_key_has_a_form_that_scanners_recognise(database: Database, site: Site) -> None:
    seen = {made(database, site) for _ in range(20)}
    assert len(seen) == 20
    for key in seen:
        assert re.fullmatch(r"cm_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", key)
        assert keys.looks_right(key)


def test_a_key_speaks_for_its_site_under_its_name(database: Database, site: Site) -> None:
    key = KeyCache(database).verify(made(database, site))
    assert key is not None
    assert (key.site_id, key.name) == (site.id, "cms")


def test_the_key_itself_is_not_stored(database: Database, site: Site) -> None:
    key = made(database, site)
    with database.read() as session:
        row = session.scalars(select(ApiKey)).one()
    assert key[17:] not in str(vars(row))


@pytest.mark.parametrize("place", [0, 8, 16, 17, 40, 59, 65])
def test_a_key_with_one_wrong_character_is_none(database: Database, site: Site, place: int) -> None:
    key = made(database, site)
    wrong = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]
    assert KeyCache(database).verify(wrong) is None


def test_a_key_with_the_right_checksum_and_the_wrong_secret_is_none(database: Database, site: Site) -> None:
    one, other = made(database, site), made(database, site)
    body = one[:17] + other[17:-6]
    forged = body + keys._checksum(body)
    assert keys.looks_right(forged)
    assert KeyCache(database).verify(forged) is None


def test_an_expired_key_is_none(database: Database, site: Site) -> None:
    assert KeyCache(database).verify(made(database, site, expires_at=utc_now() - timedelta(seconds=1))) is None
    assert KeyCache(database).verify(made(database, site, expires_at=utc_now() + timedelta(hours=1))) is not None


def test_a_revoked_key_is_none_a_second_later_everywhere(database: Database, site: Site, other_site: Site) -> None:
    key, ring = made(database, site), KeyCache(database)
    assert ring.verify(key) is not None
    with database.write() as session:
        assert not keys.revoke(session, other_site.id, key[8:16]), "a site revokes its own keys only"
    with database.write() as session:
        assert keys.revoke(session, site.id, key[8:16])
    assert KeyCache(database).verify(key) is None
    time.sleep(keys.KEPT_SECONDS + 0.1)
    assert ring.verify(key) is None


def test_the_last_use_is_noted_after_the_answer_and_once_a_minute(database: Database, site: Site) -> None:
    key, ring = made(database, site), KeyCache(database)
    verified = ring.verify(key)
    assert verified is not None

    def last_used() -> object:
        with database.read() as session:
            return session.scalars(select(ApiKey.last_used_at)).one()

    assert last_used() is None
    ring.note_use(verified)
    first = last_used()
    assert first is not None
    ring.note_use(verified)
    KeyCache(database).note_use(verified)
    assert last_used() == first


def test_a_request_leaves_a_note_of_its_keys_use(
    settings: Settings, queues: Queues, database: Database, site: Site
) -> None:
    call = caller(application(settings, database, queues), database, site)
    call("GET", "/v1/policy").close()
    with database.read() as session:
        assert session.scalars(select(ApiKey.last_used_at)).one() is not None
