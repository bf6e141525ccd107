"""A pytest plugin: migrated databases for tests, SQLite files and a private PostgreSQL, all gone afterwards."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, exc

from service import migrations
from service.db import KEYRING, Database, new_id
from service.installation.settings import Settings
from tests.support import postgres
from tests.support.postgres import POSTGRES

DATABASES = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sqlite-only", action="store_true", help="leave PostgreSQL out, to be quick")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        once = metafunc.config.getoption("sqlite_only") or metafunc.definition.get_closest_marker("one_database")
        kinds = ["sqlite"] if once else DATABASES
        metafunc.parametrize("database_kind", kinds, scope="function")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_cluster() -> Iterator[postgres.Cluster]:
    assert POSTGRES is not None
    cluster = postgres.Cluster(POSTGRES)
    try:
        _migrate(cluster.create("migrated"))
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of the test's own; a test that asks for it runs once on SQLite and once on PostgreSQL."""
    if database_kind == "sqlite":
        path = tmp_path / "moderato.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
        path.chmod(0o600)  # as ours are
        yield f"sqlite:///{path}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("_postgres_cluster")
    if request.node.get_closest_marker("reads_plans"):
        name = f"new_{new_id()}"
        yield cluster.create(name, template="migrated")
        cluster.drop(name)
        return
    name = cluster.borrow("migrated")
    yield cluster.url(name)
    cluster.give_back(name)


@pytest.fixture(scope="module")
def databases_to_read(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Database]]:
    """What makes a migrated database of a kind that lasts as long as its file of tests, for tests that only read it."""
    made: list[tuple[Database, str]] = []

    def make(kind: str) -> Database:
        name = f"read_{new_id()}"
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("read") / f"{name}.db"
            shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
            url = f"sqlite:///{path}"
        else:
            url = request.getfixturevalue("_postgres_cluster").create(name, template="migrated")
        made.append((Database(url), name if kind == "postgresql" else ""))
        return made[-1][0]

    yield make
    for database, name in made:
        database.dispose()
        if name:
            request.getfixturevalue("_postgres_cluster").drop(name)


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without any table, for tests of migrations."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("_postgres_cluster")
    name = f"empty_{new_id()}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """The test's database, opened with the keys that its service has."""
    keys = Settings(data_dir=tmp_path / "var")  # as in `environ`
    database = Database(database_url, info={KEYRING: lambda: keys.keyring})
    yield database
    _retire(database)


def _retire(database: Database) -> None:
    """Close its connections for good: a thread that outlives its test gives back the one it has and gets no other.

    Else that one would be closed when its memory is, as a warning in the middle of another test.
    """

    def close(*_: object) -> None:
        raise exc.DisconnectionError  # so that the pool closes this one and opens another

    def refuse(*_: object) -> None:
        raise exc.OperationalError(None, None, ConnectionError("the test of this database is over"))

    event.listen(database.engine, "checkout", close)
    event.listen(database.engine, "do_connect", refuse)
    until = time.monotonic() + 5
    while database.engine.pool.checkedout() and time.monotonic() < until:  # type: ignore[attr-defined]
        time.sleep(0.005)
    database.dispose()


def _migrate(url: str) -> None:
    database = Database(url)
    migrations.upgrade(database)
    database.dispose()
