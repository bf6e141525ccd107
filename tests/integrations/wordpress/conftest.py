"""A WordPress with the plugin, connected to a Moderato. Starting both takes seconds, so a file of tests shares them."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.db import Database
from service.models import Comment, Site
from service.vocabulary import Scope
from tests.faults.conftest import LOCAL, scripted
from tests.support.client import Client
from tests.support.fault_proxy import FaultProxy, proxied
from tests.support.services import Services, copied, eventually, free_port, status_of
from tests.support.sites import add_site
from tests.support.wordpress import WordPress

PENDING = 10  # comments that the service takes in while none is judged
FINE = "Two years without the bridge is hard on the shops over there"
POLICY = {
    "name": "WordPress",
    "thresholds": {"toxicity": {"hold_at": 0.4, "reject_at": 0.6}},
    "suspect_terms": ["casino"],
    "blocked_hosts": ["spam.example"],
    "repeats": "ignore",
    "flood_limit": None,
}


class Moderato:
    """The service that WordPress talks to, through a proxy that can break the connection."""

    def __init__(self, database: Database, site: Site, client: Client, proxy: FaultProxy, key: str) -> None:
        self.database, self.site, self.client, self.proxy, self.key = database, site, client, proxy, key
        self.address = f"http://127.0.0.1:{proxy.port}"
        self.environ: dict[str, str] = {}
        self.prefix = ""  # of the ids of WordPress's comments
        self.pause: Callable[[signal.Signals], None] = lambda _signal: None  # of what judges

    def be_ready(self) -> None:
        """Wait until every part of the service works; set its policy."""
        eventually(lambda: status_of(f"{self.address}/healthz") == 200, "Moderato does not answer")
        roles = {"classification", "delivery"}
        eventually(lambda: roles <= self.client.request("GET", "/v1/stats")[1]["workers"].keys(), "no workers")
        status, answer = self.client.request("PUT", "/v1/policy", POLICY)
        assert status == 200, answer

    def has(self, comment_id: int) -> Any:
        """Return a comment of WordPress's."""
        status, answer = self.client.request("GET", f"/v1/comments/{self.prefix}{comment_id}")
        assert status == 200, answer
        return answer

    def decide(self, comment_id: int, verdict: str) -> None:
        """Decide on a comment as one of Moderato's moderators."""
        body = {"verdict": verdict, "expected_version": self.has(comment_id)["version"]}
        answer = self.client.request("POST", f"/v1/comments/{self.prefix}{comment_id}/decisions", body)
        assert answer[0] == 201, answer

    def key_without(self, *scopes: Scope) -> str:
        """Return a new key that lacks these scopes."""
        with self.database.write() as session:
            return keys.create(session, self.site.id, "lacking", scopes=set(Scope) - set(scopes))

    def texts(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Comment.text).where(Comment.site_id == self.site.id)))


@pytest.fixture(scope="module")
def moderato(
    _sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Moderato]:
    folder = tmp_path_factory.mktemp("moderato")
    url = copied(_sqlite_template, folder)
    database = Database(url)
    environ = LOCAL | {
        "DATABASE_URL": url,
        "REDIS_URL": redis_server_url,
        "MODERATO_DATA_DIR": str(folder / "var"),
        "PATH": "/usr/bin:/bin",
        "MODERATO_BACKLOG_LIMIT": str(PENDING),
    }
    services = Services(database, environ, folder)
    site = add_site(database, "gazette", "The Gazette")
    with database.write() as session:
        key = keys.create(session, site.id, "WordPress")
    port = free_port()
    processes = [
        scripted(services, "classification"),
        services.worker("delivery", wait=False),
        services.start([sys.executable, "-m", "service.cli.main", "web"], "web", PORT=str(port)),
    ]
    client = Client(port, key)
    with proxied(port) as proxy:
        moderato = Moderato(database, site, client, proxy, key)
        moderato.environ = environ
        moderato.pause = lambda kind: services.kill(processes[0], kind)
        yield moderato
    client.close()
    for process in processes:  # nothing of theirs is to be kept
        services.kill(process)
    database.dispose()


@pytest.fixture(scope="module")
def wordpress(moderato: Moderato) -> Iterator[WordPress]:
    """An installed WordPress whose administrator has saved address and key."""
    wordpress = WordPress()  # while Moderato starts
    try:
        moderato.be_ready()
        said = wordpress.admin.save_settings(address=moderato.address, key=moderato.key)
        assert said == "Everything works: Moderato takes comments, and its callback arrived here."
        moderato.prefix = wordpress.php("echo Moderato\\public_id( '' );")
        yield wordpress
        log = wordpress.folder / "debug.log"
        ours = [line for line in log.read_text().splitlines() if "/plugins/moderato/" in line] if log.exists() else []
        assert ours == []
    finally:
        wordpress.stop()
