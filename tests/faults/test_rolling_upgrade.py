"""A rolling upgrade with the earlier version's own code: its processes go on beside ours, on our schema.

That code is kept in the repository (`tests/faults/earlier_version.py`). docs/operators/upgrade.md says what it
may no longer do: secrets are sealed now, so its delivery worker must have ended.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text

from service import migrations
from service.app import create_app
from service.db import Database
from service.installation.settings import Settings, load
from service.models import Comment, Decision
from service.moderation.upkeep import invariants
from service.queues import Queues
from service.vocabulary import CommentStatus
from tests.faults import earlier_version
from tests.faults.conftest import LOCAL, PATIENCE, pending, scripted, undelivered, wait_until
from tests.faults.test_full_disk import send, status
from tests.support.comments import TEXT
from tests.support.receiver import receiving
from tests.support.services import Services, free_port

IN_TIME = {"MODERATO_UPKEEP_SECONDS": "1", "MODERATO_LEASE_SECONDS": "10"}


class Installation:
    """A database as the earlier version made it, and processes of both versions on it."""

    def __init__(self, database: Database, services: Services, code: Path) -> None:
        self.database, self.services, self.code = database, services, code

    def run(self, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
        """Start a process of the earlier version."""
        return self.services.start(
            [sys.executable, "-m", *arguments], f"earlier-{arguments[-1]}", cwd=self.code, **environ
        )

    def worker(self, role: str) -> subprocess.Popen[bytes]:
        return self.run("tests.support.scripted_worker", role)

    def web(self) -> str:
        port = str(free_port())
        process = self.run("service.cli.main", "web", PORT=port)
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            assert process.poll() is None, self.services.output()[-3000:]
            try:
                return status(address, "/healthz") == 200
            except OSError:
                return False

        wait_until(answers, PATIENCE, "the earlier web server does not answer")
        return address

    def said(self, *arguments: str) -> str:
        """Return what a command of the earlier version prints."""
        done = subprocess.run(
            [sys.executable, "-m", "service.cli.main", *arguments],
            cwd=self.code, env=self.services.environ, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()


@pytest.fixture
def earlier(empty_database_url: str, environ: dict[str, str], tmp_path: Path) -> Iterator[Installation]:
    database = Database(empty_database_url)
    migrations.upgrade(database, earlier_version.revision())
    environ = environ | {"DATABASE_URL": empty_database_url} | IN_TIME | LOCAL
    services = Services(database, environ, tmp_path)
    yield Installation(database, services, earlier_version.unpack(tmp_path / "earlier"))
    services.stop()
    database.dispose()


@pytest.mark.timeout(600)  # eight processes start
def test_web_and_workers_of_the_earlier_version_go_on_beside_ours_on_our_schema(earlier: Installation) -> None:
    database, services = earlier.database, earlier.services

    def all_decided() -> bool:
        return pending(database) == 0

    with receiving() as receiver:
        earlier.said("site", "create", "gazette")
        key = earlier.said("keys", "create", "gazette", "--name", "cms")
        old_web = earlier.web()
        old = [earlier.worker(role) for role in ("classification", "upkeep")]
        register(old_web, key, f"{receiver.url}/hooks")
        assert send(old_web, key, "before") == 202
        wait_until(all_decided, PATIENCE, services.output()[-3000:])

        migrations.upgrade(database, keyring=lambda: load(services.environ).keyring)
        webs = (old_web, services.web())
        # Both take comments, and the earlier version's worker alone gives the verdicts.
        for number in range(6):
            assert send(webs[number % 2], key, f"old-{number}", f"{TEXT} Remark {number}.") == 202
        wait_until(all_decided, PATIENCE, services.output()[-3000:])

        new = [scripted(services, role) for role in ("classification", "upkeep", "delivery")]
        for number in range(6):
            assert send(webs[number % 2], key, f"both-{number}", f"{TEXT} Remark {number} again.") == 202
        wait_until(all_decided, PATIENCE, services.output()[-3000:])
        wait_until(lambda: undelivered(database) == 0, PATIENCE, services.output()[-3000:])
        assert [worker.poll() for worker in (*old, *new)] == [None] * 5, services.output()[-3000:]
        for worker in old:
            worker.terminate()
            assert worker.wait(60) == 0
        assert len(set(receiver.ids("/hooks"))) == 13
    with database.read() as session:
        assert set(session.scalars(select(Comment.status))) == {CommentStatus.APPROVED}
        assert session.scalar(select(func.count()).select_from(Decision)) == 13
        assert invariants.audit(session) == []


def register(address: str, key: str, url: str) -> None:
    """Have an endpoint registered at a web server, whichever version it is of."""
    request = urllib.request.Request(
        f"{address}/v1/endpoints",
        json.dumps({"url": url}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 201


def test_a_web_server_goes_on_when_a_later_version_has_changed_the_schema(
    settings: Settings, database: Database, queues: Queues
) -> None:
    """Else a balancer would take every old one out before the first new one is there."""
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
    ready = create_app(settings, database=database, queues=queues).test_client().get("/readyz")
    assert (ready.status_code, ready.json["checks"]["migrations"]) == (200, "ahead")  # type: ignore[index]
    with database.write() as session:  # the test database is lent to the next test
        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head()})


def head() -> str | None:
    return ScriptDirectory.from_config(migrations._config()).get_current_head()
