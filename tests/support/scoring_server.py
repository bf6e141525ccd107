"""A real web server with scripted workers, of which the interactive one can be killed in the middle of a request.

A text with "awful" scores 0.99, one with "poison" ends the worker the hard way.
"""

import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.accounts import keys
from service.accounts.perspective import FOR_CLIENTS
from service.db import Database
from service.installation.settings import load
from service.models import Site, Style
from service.moderation.webhooks import sources
from service.queues import connect
from tests.support.services import Services, eventually

DEADLINE = 2.0  # seconds: leaves a busy machine time
CORAL_SECRET = "a secret that Coral has made"


@dataclass(frozen=True)
class Server:
    """A running service, a key of its site, and what starts its workers."""

    url: str
    key: str
    coral: str  # the path that Coral's phase asks
    services: Services

    def worker(self, role: str = "interactive") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.support.scripted_worker", role]
        process = self.services.start(command, role)
        why = f"the worker is not ready:\n{self.services.output()}"
        eventually(lambda: self.services._has_beat(role, process), why)
        return process

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Return the status and the body of an answer."""
        try:
            request = urllib.request.Request(self.url + path, body, dict(headers))
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def unscored(self) -> float:
        """Return how many requests had no scores by the deadline."""
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        counted = [line for line in lines if line.startswith('moderato_unscored_requests_total{reason="deadline"}')]
        return float(counted[0].rsplit(" ", 1)[1]) if counted else 0.0


@contextmanager
def serving(template: Path, redis_url: str, folder: Path) -> Iterator[Server]:
    """Yield a server on a copy of the `template` database, its worker started."""
    (folder / "moderato.db").write_bytes(template.read_bytes())
    url = f"sqlite:///{folder / 'moderato.db'}"
    with connect(redis_url) as redis:
        redis.flushall()  # what other files have counted
    environ = {"DATABASE_URL": url, "REDIS_URL": redis_url, "MODERATO_DATA_DIR": str(folder / "var")}
    keyring = load(environ).keyring  # kept in the data folder, for the server to find
    environ |= {"PATH": "/usr/bin:/bin", "HOME": tempfile.gettempdir(), "PYTHONUNBUFFERED": "1"}
    database = Database(url)
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
        session.flush()
        key = keys.create(session, site.id, "clients", perspective=FOR_CLIENTS)
        source, _ = sources.add(
            session, site.id, keyring, name="Coral", style=Style.CORAL, preset="coral", secret=CORAL_SECRET
        )
        coral = sources.address_of(source)
    services = Services(database, environ, folder)
    try:
        address = services.web(MODERATO_SCORE_DEADLINE_MS=str(round(DEADLINE * 1000)))
        served = Server(address, key, coral, services)
        served.worker()
        yield served
    finally:
        services.stop()
        database.dispose()
