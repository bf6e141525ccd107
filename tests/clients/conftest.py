"""Our clients as `make clients` builds them, and a running service whose callbacks arrive here."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.accounts import keys
from service.db import Database
from service.queues import connect
from tests.faults.conftest import LOCAL, scripted
from tests.support.receiver import Receiver, receiving
from tests.support.services import REPOSITORY, Services, copied, eventually, free_port, status_of
from tests.support.sites import add_site

GENERATOR = REPOSITORY / "build/generator/bin/python"
TOOLS = REPOSITORY / "clients/typescript/node_modules"  # the compiler and the generator for TypeScript
NODE = shutil.which("node")
MISSING = "the generators are not installed; run: make generators"


@dataclass(frozen=True)
class Service:
    """A running service, a key of its site, and what receives its callbacks."""

    url: str
    key: str
    receiver: Receiver


@pytest.fixture(scope="module")
def service(
    _sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    url = copied(_sqlite_template, folder)
    environ = {"DATABASE_URL": url, "REDIS_URL": redis_server_url, "MODERATO_DATA_DIR": str(folder / "var")}
    with connect(redis_server_url) as redis:
        redis.flushall()
    database = Database(url)
    services = Services(database, environ | {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"} | LOCAL, folder)
    site = add_site(database, "gazette", "The Gazette")
    with database.write() as session:
        key = keys.create(session, site.id, "clients")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    processes = [
        services.start([sys.executable, "-m", "service.cli.main", "web"], "web", PORT=str(port)),
        scripted(services, "classification"),
        services.worker("delivery", wait=False),
    ]
    try:
        eventually(lambda: status_of(f"{address}/healthz") == 200, services.output)
        with receiving() as receiver:
            yield Service(address, key, receiver)
    finally:
        for process in processes:  # nothing of theirs is to be kept
            services.kill(process)
        database.dispose()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the package for Python was unpacked, as pip does."""
    if not GENERATOR.exists():
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("wheel")
    command = [str(GENERATOR), "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY / "clients/python", check=True, timeout=120)
    (built,) = folder.glob("moderato_client-*-py3-none-any.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def importable(wheel: Path) -> Iterator[None]:
    """The package for Python can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(wheel)
        yield


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder of the package for TypeScript, generated and compiled."""
    if NODE is None or not TOOLS.exists():
        pytest.skip(MISSING)
    folder = REPOSITORY / "clients/typescript"
    environ = os.environ | {"PATH": f"{TOOLS / '.bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", json.loads((folder / "package.json").read_text())["scripts"]["prepack"]],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
