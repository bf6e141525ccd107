"""The fixtures give every test parts of its own: what one test leaves behind, no other test sees."""

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, text

from service import migrations
from service.db import Base, Database
from service.installation.settings import Settings
from service.machine import redis_server
from service.models import Site
from service.queues import Queues, connect
from service.version import VERSION
from tests.support import warm_start
from tests.support.run_order import LONGEST_FIRST, TESTS
from tests.support.services import Services


def test_the_database_has_the_schema_that_the_code_expects(database: Database) -> None:
    assert migrations.is_at_head(database)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_database_holds_just_what_the_migrations_wrote(database: Database, turn: int) -> None:
    with database.write() as session:
        found = {table.name: session.execute(select(table)).all() for table in Base.metadata.sorted_tables}
        assert {name: len(rows) for name, rows in found.items() if rows} == {"audit_head": 1}
        session.execute(text("DELETE FROM audit_head"))
        session.add(Site(slug=f"site-{turn}", name="left behind"))


@pytest.mark.parametrize("turn", [1, 2])
def test_a_row_of_one_test_is_not_there_in_the_next(database: Database, site: Site, turn: int) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == 1


@pytest.mark.parametrize("turn", [1, 2])
def test_a_key_of_one_test_is_not_there_in_the_next(queues: Queues, turn: int) -> None:
    assert queues.redis.dbsize() == 0
    queues.redis.set("left behind", turn)


def test_the_settings_lead_to_the_parts_of_the_test(settings: Settings, database_url: str, redis_url: str) -> None:
    assert settings.effective_database_url == database_url
    assert settings.effective_redis_url == redis_url


def test_the_private_redis_listens_on_no_port_and_writes_nothing(redis_url: str) -> None:
    client = connect(redis_url)
    wanted = {"port": "0", "appendonly": "no", "save": "", "maxmemory-policy": "noeviction"}
    assert {name: client.config_get(name)[name] for name in wanted} == wanted
    client.close()
    socket = Path(urlsplit(redis_url).path)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600


def test_where_no_redis_is_to_be_found_the_message_names_two_commands(tmp_path: Path) -> None:
    with pytest.raises(redis_server.RedisMissing) as missing:
        redis_server.find_server(str(tmp_path))
    assert "apt-get install redis-server" in str(missing.value)
    assert "pip install 'moderato[embedded]'" in str(missing.value)


def test_what_is_started_warm_is_a_child_with_its_own_environment_group_and_status(
    services: Services, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    shown = services.start([sys.executable, "-m", "service.cli.main", "version"], "version")
    refused = services.start(
        [sys.executable, "-m", "service.cli.main", "web"], "web", MODERATO_DATA_DIR=str(kept), PORT="none"
    )
    assert isinstance(shown, warm_start.Forked)
    assert (shown.wait(60), refused.wait(60)) == (0, 78)
    assert VERSION in services.output()
    assert "PORT='none'" in services.output()
    worker = services.start([sys.executable, "-m", "workers", "upkeep"], "upkeep")
    assert os.getpgid(worker.pid) == worker.pid
    services.kill(worker)
    assert worker.returncode == -signal.SIGKILL


def test_a_statement_that_one_database_has_compiled_serves_the_next(
    database: Database, databases_to_read: Callable[[str], Database]
) -> None:
    kept = database.engine._compiled_cache
    with database.read() as session:
        session.execute(select(Site.id).where(Site.name == "one"))
    compiled = len(kept or ())
    with databases_to_read("sqlite" if database.is_sqlite else "postgresql").read() as session:
        session.execute(select(Site.id).where(Site.name == "another"))
    assert compiled == len(kept or ()) > 0


def test_the_files_that_are_to_begin_first_are_there() -> None:
    assert [name for name in LONGEST_FIRST if not (TESTS / name).exists()] == []
