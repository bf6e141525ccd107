"""A full disk under PostgreSQL, its tables' or its journal's: 503 and come again, nothing half written, well by itself.

A full journal makes PostgreSQL end itself, and it does not come back before there is room: its supervisor starts
it again. Our own processes go on as they are.
"""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from service import migrations
from service.accounts import keys
from service.db import OUT_OF_ORDER, Database
from service.models import Comment, Decision
from service.moderation.upkeep import invariants
from service.vocabulary import CommentStatus
from tests.faults.conftest import pending, scripted, wait_until
from tests.faults.test_full_disk import send, status
from tests.support.postgres import POSTGRES, Cluster
from tests.support.services import Services
from tests.support.sites import add_site
from tests.support.small_disk import Disk, Limited, may_mount, mounted

pytestmark = [
    pytest.mark.skipif(POSTGRES is None, reason="no PostgreSQL here, and its disk is what is filled"),
    pytest.mark.one_database,  # a PostgreSQL of its own
]
MEANS = "disk" if may_mount() else "limit"
SEGMENT = 1 << 20  # a piece of the journal, which is written whole before it is used
MOST = 600  # comments; a few dozen megabytes with all that belongs to them
OURS = {"MODERATO_UPKEEP_SECONDS": "1", "MODERATO_LEASE_SECONDS": "5"}


@pytest.fixture
def small(what: str) -> Iterator[tuple[Cluster, Disk, str]]:
    """A server whose tables, or whose journal, lie where they can be left without room; and a database's URL there."""
    assert POSTGRES is not None
    with ExitStack() as ending:
        disk = ending.enter_context(mounted()) if MEANS == "disk" else None
        folder = disk.folder if disk else Path(tempfile.mkdtemp(prefix="moderato-disk-"))
        folder.chmod(0o777)  # for the server's own user
        ending.callback(shutil.rmtree, folder / what, ignore_errors=True)
        cluster = Cluster(POSTGRES, journal=folder / what if what == "journal" else None)
        ending.callback(cluster.stop)
        if what == "tables":
            (folder / what).mkdir()
            cluster.own(folder / what)
            cluster.execute(f"CREATE TABLESPACE small LOCATION '{folder / what}'")
        url = cluster.create("moderato", tablespace="small" if what == "tables" else "pg_default")
        cluster.execute("ALTER DATABASE moderato SET synchronous_commit = on")  # what is accepted outlives its end
        # A limit on the size of files holds for all of them: tables must outgrow a piece of the journal to meet it.
        begins_at: Callable[[], int] = lambda: max(SEGMENT, largest(folder)) if what == "tables" else 0  # noqa: E731
        yield cluster, disk or Limited(folder, cluster.limit_files, begins_at), url


@pytest.mark.parametrize("what", ["tables", "journal"])
def test_a_full_disk_under_postgresql_refuses_clearly_and_keeps_what_was_accepted(
    small: tuple[Cluster, Disk, str], environ: dict[str, str], tmp_path: Path, what: str
) -> None:
    cluster, disk, url = small
    database = Database(url)
    migrations.upgrade(database)
    site = add_site(database, "gazette", "The Gazette")
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    services = Services(database, environ | {"DATABASE_URL": url} | OURS, tmp_path)
    accepted: list[str] = []
    refused: list[str] = []
    try:
        address = services.web()
        workers = [scripted(services, role) for role in ("classification", "upkeep")]
        assert send(address, key, "before") == 202
        accepted.append("before")
        wait_until(lambda: left(database) == 0, 60, services.output()[-2000:])
        disk.fill(room=400_000)
        for number in range(MOST):
            answer = send(address, key, f"c-{number}", long_text())
            (accepted if answer == 202 else refused).append(f"c-{number}")
            assert answer in (202, 503), "a problem that says to come again, never a server error"
            if len(refused) == 5:
                break
        assert len(refused) == 5, f"the disk was not full after {len(accepted)}"
        assert len(accepted) > 1 or MEANS == "limit", "the disk was full from the start"
        assert status(address, "/healthz") == 200
        if what == "journal":
            wait_until(lambda: cluster.process.poll() is not None, 30, "PostgreSQL goes on without a journal")
            assert status(address, "/readyz") == 503
        disk.free()
        if what == "journal":
            cluster.start()  # as its supervisor does
        wait_until(lambda: send(address, key, refused[0]) == 202, 30, "intake did not recover by itself")
        for comment in refused:
            assert send(address, key, comment) == 202 or comment == refused[0]
        assert [worker.poll() for worker in workers] == [None, None], services.output()[-3000:]
        wait_until(lambda: left(database) == 0, 90, services.output()[-3000:])
    finally:
        services.stop()
    with database.read() as session:
        assert set(session.scalars(select(Comment.external_id))) == {*accepted, *refused}, "nothing half written"
        assert set(session.scalars(select(Comment.status))) == {CommentStatus.APPROVED}
        assert len(session.scalars(select(Decision)).all()) == len(accepted) + len(refused)
        assert invariants.audit(session) == []
    database.dispose()


def left(database: Database) -> int:
    """How many comments are pending; -1 while the database is away."""
    try:
        return pending(database)
    except OUT_OF_ORDER:
        return -1


def largest(folder: Path) -> int:
    return max((file.stat().st_size for file in folder.rglob("*") if file.is_file()), default=0)


def long_text() -> str:
    """Words that no database can compress much."""
    return " ".join(secrets.token_hex(4) for _ in range(900))
