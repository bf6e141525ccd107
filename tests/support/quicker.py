"""What would cost most in every test and says nothing in most: hashing passwords, compiling templates and routes.

tests/service/accounts/test_passwords.py pays the real cost of passwords; journeys start servers in
other processes.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from service import app
from service.accounts import passwords
from service.context import Context
from service.db import Database
from service.queues import Queues
from service.settings import Settings

REAL, NOBODY = passwords._hasher, passwords._NOBODY
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


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
    """Hash passwords at next to no cost, and compile a template once for all applications of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", CHEAP)
        patch.setattr(passwords, "_NOBODY", CHEAP.hash("nobody has this password"))
        patch.setitem(Flask.jinja_options, "bytecode_cache", Compiled())
        yield


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
