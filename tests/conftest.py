"""Real parts for every test: a private Redis, databases, processes and a browser, all gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from service.db import Database
from service.installation.settings import Settings, load
from service.machine import redis_server
from service.models import Site
from service.moderation.policy import rules
from service.queues import Queues, connect
from service.vocabulary import Attribute
from tests.support import browser as browser_support
from tests.support.browser import EXECUTABLE, chromium
from tests.support.quicker import quicker
from tests.support.services import Services
from tests.support.sites import add_site

pytest_plugins = [  # nothing above may import them: pytest is to load them, so that it can rewrite their asserts
    "tests.support.counted_tests",
    "tests.support.databases",
    "tests.support.garbage",
    "tests.support.run_order",
    "tests.support.run_report",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="keep pictures of pages in tests/artefacts")
    parser.addoption("--fuzz-seconds", type=float, default=15.0, help="seconds of nasty values for each database")
    parser.addoption(
        "--fuzz-seed", type=int, default=date.today().toordinal(), help="chooses the order of nasty values"
    )


def pytest_configure(config: pytest.Config) -> None:
    browser_support.pictures = config.getoption("pictures")


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
    client = connect(redis_server_url, patient=True)  # on a busy machine it may answer after half a second
    client.flushall()
    client.close()
    return redis_server_url


@pytest.fixture
def queues(redis_url: str) -> Iterator[Queues]:
    queues = Queues(redis_url)
    yield queues
    queues.redis.close()


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
