"""The installation's database, opened with the keys that sign the audit log. Every process opens it here."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.db import KEYRING, Database
from service.installation.settings import Settings


def open_database(settings: Settings, /, *, pool_size: int = 5) -> Database:
    """Return the database of the settings; keys that are not configured are made when the first entry needs them."""
    return Database(settings.effective_database_url, pool_size=pool_size, info={KEYRING: lambda: settings.keyring})


@contextmanager
def opened(settings: Settings, /, *, pool_size: int = 5) -> Iterator[Database]:
    """Yield the database of the settings and close its connections at the end, for what runs once."""
    database = open_database(settings, pool_size=pool_size)
    try:
        yield database
    finally:
        database.dispose()
