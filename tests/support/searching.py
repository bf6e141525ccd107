"""The index of words in tests, read at once instead of by upkeep."""

from service.db import Database
from service.moderation.search import index


def read_all(database: Database) -> None:
    """Read all changes into the index, as upkeep does."""
    while True:
        with database.write() as session:
            if index.fold(session) < index.AT_ONCE:
                return
