"""A session of a command: the command line is an edge, so it opens and commits the transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from service.installation import data_folder
from service.installation.settings import Settings
from service.installation.storage import opened


@contextmanager
def writing(settings: Settings) -> Iterator[Session]:
    """Yield a session that writes; raise SettingsError where there is no database."""
    data_folder.require(settings)
    with opened(settings) as database, database.write() as session:
        yield session
