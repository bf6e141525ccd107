"""What would cost most in every test and says nothing in most: hashing passwords, compiling templates, routes and SQL.

tests/service/accounts/test_passwords.py pays the real cost of passwords; journeys start servers in
other processes.
"""

import copy
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from service import app, db
from service.accounts import passwords
from service.context import Context
from service.db import Database
from service.installation.settings import Settings
from service.queues import Queues

REAL, NOBODY = passwords._hasher, passwords._NOBODY
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
STATEMENTS = 5_000  # compiled ones that are kept for all databases of a kind


class Compiled(BytecodeCache):
    """Keeps compiled templates in memory; one whose source has changed is compiled again."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def quicker() -> Iterator[None]:
    """Hash passwords at next to no cost, and compile a template or a statement once for all tests of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", CHEAP)
        patch.setattr(passwords, "_NOBODY", CHEAP.hash("nobody has this password"))
        patch.setitem(Flask.jinja_options, "bytecode_cache", Compiled())
        _share_statements(patch)
        _sync_nothing(patch)
        yield


def _share_statements(patch: pytest.MonkeyPatch) -> None:
    """Let a statement that one database has compiled serve all others of its kind.

    SQLAlchemy keeps compiled statements by engine and by dialect, and each test's database has its own of both.
    """
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        patch.setattr(kind, "__eq__", _is_of_the_same_kind)
        patch.setattr(kind, "__hash__", _hash_of_the_kind)
    make, kept = db._engine, {kind: LRUCache[Any, Any](STATEMENTS) for kind in ("sqlite", "postgresql")}

    def engine(url: str, *, pool_size: int) -> Engine:
        made = make(url, pool_size=pool_size)
        made._compiled_cache = kept[made.dialect.name]
        return made

    patch.setattr(db, "_engine", engine)


def _is_of_the_same_kind(dialect: Dialect, other: object) -> bool:
    return type(dialect) is type(other) and dialect.statement_compiler is getattr(other, "statement_compiler", None)


def _hash_of_the_kind(dialect: Dialect) -> int:
    return hash((type(dialect), dialect.statement_compiler))


def _sync_nothing(patch: pytest.MonkeyPatch) -> None:
    """Let nothing wait for the disk: only a power cut would show the difference."""
    patch.setattr(os, "fsync", lambda _file: None)
    prepare = db._prepare_sqlite

    def prepare_quickly(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    patch.setattr(db, "_prepare_sqlite", prepare_quickly)


def application(settings: Settings, database: Database, queues: Queues) -> Flask:
    """Return what `create_app` does; only the routes, which take a tenth of a second, are one test's and the next's.

    A test that adds a route needs `create_app`.
    """
    again = copy.copy(_routes())
    again.config, again.extensions = copy.copy(again.config), copy.copy(again.extensions)
    app.equip(again, Context(settings, database, queues))
    return again


@cache
def _routes() -> Flask:
    return app.with_routes()
