"""What a database means to do for a statement, and which statements were sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from service.db import Database


@contextmanager
def statements_of(database: Database, *kinds: str, about: str = "") -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements of these kinds that are sent meanwhile and have the word `about` in them.

    Not those that write many rows at once: an INSERT of values looks nothing up.
    """
    sent: list[tuple[str, Any]] = []

    def remember(_connection: Connection, _cursor: object, statement: str, parameters: Any, *more: Any) -> None:
        if about in statement and statement.startswith(kinds) and not more[-1]:
            sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(database.engine, "before_cursor_execute", remember)


def explain(database: Database, statement: str, parameters: Any) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(prefix + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)
