"""The database: engine, sessions, and the times and ids in rows.

SQLite and PostgreSQL get the same statements. Every write transaction on SQLite begins IMMEDIATE: a read that upgrades
to a write fails at once with SQLITE_BUSY instead of waiting. Only the edges (api, console, workers) open sessions.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import (
    BindParameter,
    DateTime,
    Dialect,
    Engine,
    Float,
    FromClause,
    MetaData,
    Table,
    create_engine,
    event,
    exc,
    literal,
    make_url,
)
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

KEYRING = "keyring"  # in `Session.info`: what returns the keys that sign the audit log
ERASED = "moderato_erased"  # set in the info of a session that erased something
PATIENCE_SECONDS = 10.0  # how long a statement waits for SQLite's lock
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Row = TypeVar("Row")
# What the drivers raise when the database is unreachable, locked for too long, read-only or out of disk space.
OUT_OF_ORDER = (exc.OperationalError, exc.InternalError, exc.InterfaceError, exc.TimeoutError)


class Base(DeclarativeBase):
    """Base of every mapped class."""

    metadata = MetaData(naming_convention=NAMING)


def table(kind: type[Base]) -> Table:
    """Return the table of a mapped class.

    A statement built once on the table runs in a third of the time of the same statement on the class, which SQLAlchemy
    prepares anew at every execution.
    """
    return cast(Table, kind.__table__)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it as text with microseconds, so that comparing text compares times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class database_now(FunctionElement[datetime]):  # noqa: N801  (an SQL function, written as one)
    """The database's clock, `seconds` from now, as an SQL expression; the real time even in a long transaction.

    In a statement that is built once, `seconds` is a bound parameter.
    """

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float | BindParameter[float] = 0) -> None:
        given = seconds if isinstance(seconds, BindParameter) else literal(float(seconds), Float)
        super().__init__(given)


@compiles(database_now, "sqlite")
def _now_on_sqlite(element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    (seconds,) = element.clauses
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {compiler.process(seconds, **kw)} || ' seconds')"


@compiles(database_now, "postgresql")
def _now_on_postgresql(element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    (seconds,) = element.clauses
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(seconds, **kw)}))"


def add_or_find(session: Session, row: Row, find: Callable[[], Row | None], /) -> tuple[Row, bool]:
    """Insert `row` and return it with True; where another transaction was first, return what `find` finds, with False.

    The insert has a savepoint of its own, so that the transaction goes on either way. A constraint that forbids the row
    for another reason, so that `find` finds nothing, raises IntegrityError.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except exc.IntegrityError:
        found = find()
        if found is None:
            raise
        return found, False
    return row, True


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562) as 32 hex digits: sorts by creation time, random in its last 74 bits."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (tail >> 68 & 0xFFF) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
    return f"{value:032x}"


class _WithHints(SQLiteCompiler):
    """Renders `with_hint(table, "INDEXED BY ...", "sqlite")`, which SQLAlchemy leaves out on SQLite."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


class Database:
    """One engine with its two kinds of session: `read()` and `write()`."""

    def __init__(self, url: str, *, pool_size: int = 5, info: Mapping[str, Any] | None = None) -> None:
        """Open nothing yet; `info` is what each session carries in its own."""
        self.url = url
        self.engine = _engine(url, pool_size=pool_size)
        options: dict[str, Any] = {"expire_on_commit": False, "info": dict(info or {})}
        self._read = sessionmaker(self.engine, **options)
        self._write = sessionmaker(self.engine.execution_options(moderato_write=True), **options)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for reading; nothing is committed."""
        with self._read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in a write transaction; commit at the end of the block, roll back on an exception."""
        with self._write() as session, session.begin():
            yield session
        if session.info.get(ERASED):
            self.empty_log()

    def empty_log(self) -> bool:
        """Move SQLite's write-ahead log into the database and empty it: what was erased is in it until then.

        Return False while a reader keeps that from being done; upkeep tries again in its next round.
        """
        if not self.is_sqlite:
            return True
        with self._raw(patience=0.1) as raw:
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def takes_writes(self) -> bool:
        """Whether SQLite can store something now, which a full disk or a read-only file forbids; waits for nobody.

        Of PostgreSQL it is not known: its disk is its server's.
        """
        if not self.is_sqlite:
            return True
        try:
            with self._raw(patience=0) as raw:
                # A number that SQLite keeps and we do not use.
                (number,) = raw.execute("PRAGMA user_version").fetchone()
                raw.execute(f"PRAGMA user_version={(number + 1) % 1_000}")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # somebody writes, so it can be written to
        return True

    @contextmanager
    def _raw(self, *, patience: float) -> Iterator[sqlite3.Connection]:
        """Yield a connection of the driver, outside any transaction, that waits so many seconds for SQLite's lock."""
        with self.engine.connect() as connection:
            raw = cast(sqlite3.Connection, connection.connection.driver_connection)
            raw.execute(f"PRAGMA busy_timeout={patience * 1000:.0f}")
            try:
                yield raw
            finally:
                raw.execute(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000:.0f}")

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str, *, pool_size: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, pool_size=pool_size, max_overflow=32, connect_args={"timeout": 10})
        engine.dialect.statement_compiler = _WithHints
        if parsed.database and parsed.database != ":memory:" and not parsed.database.startswith("file:"):
            event.listen(engine, "do_connect", partial(_make_private, Path(parsed.database)))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() != "postgresql":
        raise ValueError(f"DATABASE_URL: {parsed.get_backend_name()} is not supported; use sqlite or postgresql")
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    options = "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000 -c timezone=utc"
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=32,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


def _make_private(file: Path, *_of_the_connection: object) -> None:
    """Make the file, if it is missing, readable by its user alone; what SQLite puts beside it takes the same mode."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # there already, or not ours to make: connecting says what is wrong
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # _begin_sqlite sends BEGIN
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE_SECONDS * 1000:.0f}",
        "temp_store=MEMORY",
        "secure_delete=ON",  # erased text must not survive in the file's free pages
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    if not connection.get_execution_options().get("moderato_write", False):
        connection.exec_driver_sql("BEGIN")
        return
    raw: sqlite3.Connection = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout=0")
    try:
        if not _took_turn(raw):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails as every statement does
    finally:
        raw.execute(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000:.0f}")


def _took_turn(connection: sqlite3.Connection) -> bool:
    """Begin to write as soon as no other thread does; False if that takes longer than the timeout.

    SQLite would wait too, but it sleeps longer each time (25, 50, 100 ms) while later arrivals take turns of 1-2 ms.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                return False
        time.sleep(random.uniform(0.0005, 0.0015))  # noqa: S311  (so that two who wait do not keep step)
    return False
