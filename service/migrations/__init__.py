"""Schema changes, applied by `moderato db upgrade`, by `moderato up` and by the compose service `migrate`."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.db import Database
from service.outside.sealing import Keyring


def upgrade(database: Database, revision: str = "head", *, keyring: Callable[[], Keyring] | None = None) -> None:
    """Bring the schema to `revision`; does nothing where it is there already.

    `keyring` is asked for only when there are secrets to seal, which cannot go on without it.
    """
    config = _config()
    config.attributes["keyring"] = keyring
    with database.engine.execution_options(moderato_write=True).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    database.empty_log()  # what was overwritten must not live on in it


def current(database: Database) -> str | None:
    """Return the revision of the schema, None where there is none yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_at_head(database: Database) -> bool:
    """Whether the schema is the one that this code expects."""
    return schema_state(database) == "ok"


def schema_state(database: Database) -> Literal["ok", "behind", "ahead"]:
    """Compare the schema with this code's; "ahead" is the schema of a later version, which this code can use."""
    scripts, here = ScriptDirectory.from_config(_config()), current(database)
    if here == scripts.get_current_head():
        return "ok"
    known = {script.revision for script in scripts.walk_revisions()}
    return "behind" if here is None or here in known else "ahead"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
