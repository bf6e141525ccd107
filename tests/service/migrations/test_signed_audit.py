"""The migration that signs the audit log: the entries that exist are signed, and then guarded as new ones are."""

import pytest
from sqlalchemy import text

from service import migrations
from service.db import KEYRING, Database
from service.moderation import audit_log
from service.moderation.actors import SERVICE
from service.outside.sealing import Keyring, new_key
from tests.support.downgrade import downgrade


def test_the_entries_that_exist_are_signed(empty_database_url: str) -> None:
    keyring = Keyring([new_key()])
    database = Database(empty_database_url, info={KEYRING: lambda: keyring})
    migrations.upgrade(database)
    with database.write() as session:
        for _ in range(3):
            audit_log.record(session, "site.create", SERVICE)
    downgrade(database, "access")
    with pytest.raises(RuntimeError, match="no keys were given"):
        migrations.upgrade(database)
    migrations.upgrade(database, keyring=lambda: keyring)
    with database.read() as session:
        found = audit_log.verify(session)
    assert (found.entries, found.fault) == (3, "")
    with database.write() as session:
        session.execute(text("UPDATE audit_entry SET signature = NULL WHERE number = 2"))
    with database.read() as session:
        assert audit_log.verify(session).broken_at == 2
    database.dispose()
