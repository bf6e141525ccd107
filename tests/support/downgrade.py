"""Takes a schema back to an earlier migration, as only tests do."""

from alembic import command

from service import migrations
from service.db import Database


def downgrade(database: Database, revision: str) -> None:
    """Bring the schema of `database` back to `revision`."""
    with database.engine.execution_options(moderato_write=True).connect() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()
