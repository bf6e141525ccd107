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


def is_at_head(database: Database) -> bool:
    """Whether the schema is the one that this code expects."""
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
