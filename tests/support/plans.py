"""What a database means to do for a statement, and which statements were sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event

from service.db import Database


@contextmanager
def statements_of(database: Database) -> Iterator[list[tuple[str, object]]]:
    """Collect the SELECTs on comments that are sent meanwhile."""
    sent: list[tuple[str, object]] = []

    def remember(_connection: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "comment" in statement and statement.startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(database.engine, "before_cursor_execute", remember)


def explain(database: Database, statement: str, parameters: object) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(prefix + statement, parameters).all()  # type: ignore[arg-type]
    return "\n".join(str(row[-1]) for row in rows)
