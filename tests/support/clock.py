"""A database whose clock a test sets: every statement that asks for the time gets the stepped one.

The database's own function is replaced, so that nothing of ours knows: on SQLite in each connection, on PostgreSQL by
one of the same name that is found first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from service.db import Database

_POSTGRESQL = (
    "CREATE TABLE stepped_clock (ahead interval NOT NULL)",
    "INSERT INTO stepped_clock VALUES ('0')",
    "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
    "'SELECT pg_catalog.clock_timestamp() + ahead FROM public.stepped_clock'",
)


class SteppedClock:
    """The clock of `database`, `ahead` seconds (or behind, where negative)."""

    def __init__(self, database: Database) -> None:
        self.database, self.ahead = database, 0.0

    def step(self, seconds: float) -> None:
        """Set the clock forward, or back where negative."""
        self.set(self.ahead + seconds)

    def set(self, ahead: float) -> None:
        """Set the clock to be `ahead` seconds of the true time."""
        self.ahead = ahead
        if not self.database.is_sqlite:
            with self.database.write() as session:
                session.execute(text("UPDATE stepped_clock SET ahead = make_interval(secs => :s)"), {"s": ahead})

    def _strftime(self, form: str, moment: str, modifier: str) -> str:
        assert (form, moment) == ("%Y-%m-%d %H:%M:%f000", "now"), "another question than service.db.database_now asks"
        now = datetime.now(UTC) + timedelta(seconds=self.ahead + float(modifier.removesuffix(" seconds")))
        return f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}000"

    def _prepare(self, connection: Any, _record: object) -> None:
        if self.database.is_sqlite:
            connection.create_function("strftime", 3, self._strftime)
        else:
            connection.execute("SET search_path = public, pg_catalog")
            connection.commit()


@contextmanager
def stepped(database: Database) -> Iterator[SteppedClock]:
    """Give `database` a clock that can be set; the true one is back afterwards."""
    clock = SteppedClock(database)
    if not database.is_sqlite:
        with database.write() as session:
            for statement in _POSTGRESQL:
                session.execute(text(statement))
    event.listen(database.engine, "connect", clock._prepare)
    database.engine.dispose()
    try:
        yield clock
    finally:
        event.remove(database.engine, "connect", clock._prepare)
        database.engine.dispose()
        if not database.is_sqlite:
            with database.write() as session:
                session.execute(text("DROP FUNCTION public.clock_timestamp()"))
                session.execute(text("DROP TABLE stepped_clock"))
