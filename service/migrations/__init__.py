"""Schema changes, applied by `moderato db upgrade`, by `moderato up` and by the compose service `migrate`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.db import Database


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`; does nothing where it is there already."""
    config = _config()
    with database.engine.execution_options(moderato_write=True).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def current(database: Database) -> str | None:
    """Return the revision of the schema, None where there is none yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_at_head(database: Database) -> bool:
    """Whether the schema is the one that this code expects."""
    return current(database) == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
