"""Real parts for every test: a private Redis, SQLite files and a private PostgreSQL, all migrated, all gone afterwards.

The run ends with its slowest files, its time, and what this machine lacks; `--nothing-left-out` makes that, and every
skip, a failure.
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import event, exc

from service import migrations
from service.db import KEYRING, Database, new_id
from service.machine import redis_server
from service.models import Site
from service.moderation.policy import rules
from service.queues import Queues, connect
from service.settings import Settings, load
from service.vocabulary import Attribute
from tests.support import browser as browser_support
from tests.support import postgres, wordpress
from tests.support.browser import EXECUTABLE, chromium
from tests.support.quicker import quicker
from tests.support.services import Services
from tests.support.sites import add_site

TESTS = Path(__file__).parent
POSTGRES = postgres.find_binaries()
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
DATABASES = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]
LEFT_OUT = [
    *([] if POSTGRES else ["PostgreSQL (no initdb on this machine): tests ran on SQLite alone"]),
    *([] if EXECUTABLE else ["browser tests (no Chromium on this machine)"]),
    *([] if wordpress.INSTALLED else ["the WordPress plugin (no WordPress, PHP or MariaDB on this machine)"]),
    *([] if NGINX else ["ids through a proxy (no nginx on this machine)"]),
]
# The files that take longest, for `make test` runs whole files three at a time: one begun last would run alone. Written
# by hand, because a fresh clone has measured nothing yet; each run prints its ten slowest.
LONGEST_FIRST = (
    "faults/test_nasty_values.py",
    "journeys/test_faults_kill_loop.py",
    "service/console/test_axe.py",
    "project/test_readme.py",
    "service/console/review/test_queue_speed.py",
    "faults/test_rolling_upgrade.py",
    "integrations/form/test_outcomes.py",
    "service/console/review/test_browser_review.py",
    "service/api/compat/test_clients.py",
    "faults/test_the_state_machine.py",
    "service/api/test_sites_see_only_their_own.py",
    "faults/test_dependencies.py",
    "integrations/form/test_looks.py",
    "faults/test_canary.py",
    "service/machine/test_up.py",
    "workers/test_delivery.py",
    "faults/test_full_disk_of_postgres.py",
    "integrations/wordpress/test_wordpress.py",
    "service/console/insight/test_dashboard_browser.py",
    "service/console/test_hostile_text.py",
    "faults/test_crash_points.py",
    "service/console/review/test_browser_mishaps.py",
    "journeys/test_spine.py",
    "journeys/test_newspaper.py",
    "faults/test_fairness.py",
    "service/console/review/test_browser_wellness.py",
    "service/machine/test_supervisor.py",
    "faults/test_upgrade.py",
    "workers/evaluate/test_evaluate.py",
    "service/api/test_schemathesis.py",
)
NOT_COUNTED = ("clients", "faults", "integrations", "journeys", "project")  # for the coverage of rooms
_skipped: list[str] = []
_seconds: Counter[str] = Counter()  # by file
_started = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nothing-left-out", action="store_true", help="fail when a test is skipped or a part is missing")
    parser.addoption("--sqlite-only", action="store_true", help="leave PostgreSQL out, to be quick")
    parser.addoption("--pictures", action="store_true", help="keep pictures of pages in tests/artefacts")
    parser.addoption("--fuzz-seconds", type=float, default=15.0, help="seconds of nasty values for each database")
    parser.addoption(
        "--fuzz-seed", type=int, default=date.today().toordinal(), help="chooses the order of nasty values"
    )


def pytest_configure(config: pytest.Config) -> None:
    browser_support.pictures = config.getoption("pictures")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        once = metafunc.config.getoption("sqlite_only") or metafunc.definition.get_closest_marker("one_database")
        kinds = ["sqlite"] if once else DATABASES
        metafunc.parametrize("database_kind", kinds, scope="function")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    coverage = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if coverage is None or _is_counted(item):
        return (yield)
    coverage.pause()
    try:
        return (yield)
    finally:
        coverage.resume()


def _is_counted(item: pytest.Item) -> bool:
    """Whether coverage counts what the test runs, which makes it half as slow again.

    Not what is for a browser or another process; nor on PostgreSQL what was counted on SQLite.
    """
    if item.path.relative_to(TESTS).parts[0] in NOT_COUNTED or "browser" in getattr(item, "fixturenames", ()):
        return False
    return "postgresql" not in getattr(getattr(item, "callspec", None), "params", {}).values()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[report.nodeid.partition("::")[0]] += report.duration
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("nothing_left_out") and (LEFT_OUT or _skipped) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("slowest files")
    for file, seconds in _seconds.most_common(10):
        terminalreporter.line(f"{seconds:6.1f} s  {file}")
    whole, tests = (time.monotonic() - _started) / 60, _seconds.total() / 60
    terminalreporter.line(f"{whole:6.1f} min for {len(_seconds)} files, whose tests took {tests:.1f} min")
    lines = LEFT_OUT + (["PostgreSQL (--sqlite-only)"] if config.getoption("sqlite_only") else [])
    if lines:
        terminalreporter.section("left out")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> Iterator[None]:
    """Settings come from the test alone, not from the shell it was started in."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("MODERATO_") or name in ("DATABASE_URL", "REDIS_URL", "PORT", "HOST", "SECRET_KEY"):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True, scope="session")
def _quicker() -> Iterator[None]:
    with quicker():
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests; each test opens windows of its own."""
    if EXECUTABLE is None:
        pytest.skip("no Chromium on this machine")
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """A private Redis, found and started by the code that `moderato up` uses."""
    folder = Path(tempfile.mkdtemp(prefix="moderato-redis-"))
    process = redis_server.start(redis_server.find_server(), folder / "redis.sock", folder)
    yield f"unix://{folder}/redis.sock"
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """The private Redis, empty."""
    client = connect(redis_server_url)
    client.flushall()
    client.close()
    return redis_server_url


@pytest.fixture
def queues(redis_url: str) -> Iterator[Queues]:
    queues = Queues(redis_url)
    yield queues
    queues.redis.close()


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


@pytest.fixture
def environ(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a service on the test's database, Redis and data folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return kept | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MODERATO_DATA_DIR": str(tmp_path / "var"),
        "MODERATO_CACHE_DIR": str(Path(tempfile.gettempdir()) / f"moderato-test-cache-{os.getuid()}"),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return load(environ)


@pytest.fixture
def round_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Defaults that do not move with the models: toxicity and insult are held from 0.5 and rejected from 0.92."""
    for attribute in (Attribute.TOXICITY, Attribute.INSULT):
        monkeypatch.setitem(rules.DEFAULT_THRESHOLDS, attribute, rules.Threshold(hold_at=0.5, reject_at=0.92))
    monkeypatch.setitem(rules.DEFAULT_THRESHOLDS, Attribute.OFF_TOPIC, rules.Threshold(hold_at=0.8))


@pytest.fixture
def site(database: Database) -> Site:
    """A site with the built-in policy."""
    return add_site(database, "gazette", "The Gazette")


@pytest.fixture
def other_site(database: Database) -> Site:
    """Another publisher's site, which must never see anything of the first."""
    return add_site(database, "herald", "The Herald")


@pytest.fixture
def services(database: Database, environ: dict[str, str], tmp_path: Path) -> Iterator[Services]:
    """Real processes for a journey; everything started through it is stopped at the end."""
    services = Services(database, environ, tmp_path)
    yield services
    services.stop()
    print(services.output()[-20_000:])  # shown where the test has failed


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
