"""A command that is started away from its data folder says so in one sentence and creates nothing."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

from service import migrations
from service.cli.main import main
from service.db import Database
from service.installation.environment import UNPREFIXED
from service.models import Site
from tests.support.services import free_port

Run = Callable[..., Result]
UNPREFIXED_NAMES = {name.upper() for name in UNPREFIXED}

pytestmark = pytest.mark.one_database

# Every command that needs the data folder, and the status it ends with: 78 for a wrong setting or folder.
AWAY = [
    ("site list", 78), ("site create gazette", 78), ("keys create gazette", 78), ("keys list gazette", 78),
    ("keys revoke gazette abc", 78), ("moderator add ann@example.org --site gazette --password-stdin", 78),
    ("db upgrade", 78), ("db reseal", 78), ("web", 78), ("alive upkeep", 78), ("score text", 78), ("doctor", 78),
    ("worker upkeep", 78), ("worker classification", 78), ("demo-traffic", 1),
    ("models compile original-small", 78), ("labels precision gazette", 78), ("labels export gazette", 78),
    ("labels forget gazette c-1", 78), ("keys perspective gazette abc", 78), ("site weight gazette 2", 78),
    ("moderator list", 78), ("moderator role ann@example.org lead --site gazette", 78), ("db recount", 78),
    ("moderator remove ann@example.org", 78), ("moderator passwd ann@example.org --password-stdin", 78),
    ("import comments.xml", 78), ("export comments.jsonl", 78), ("labels decisions gazette", 78),
    ("alerts test --site gazette", 78),
]  # fmt: skip
# Those that need none: they describe, or ask the network; and `up`, which creates the folder.
NOT_AWAY = {"settings", "openapi", "version", "up", "evaluate", "calibrate"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run commands in an empty folder, without any setting but those given."""
    for name in [*os.environ]:
        if name.startswith("MODERATO_") or name in UNPREFIXED_NAMES:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)

    def invoke(command: str, **environ: str) -> Result:
        return CliRunner(env=environ).invoke(main, command.split(), input="a long password\n", catch_exceptions=False)

    yield invoke
    os.umask(mask)  # `up` sets its own


@pytest.mark.parametrize(("command", "status"), AWAY)
def test_a_command_away_from_its_data_folder_says_so_in_one_sentence(
    run: Run, command: str, status: int, tmp_path: Path
) -> None:
    found = run(command)
    assert found.exit_code == status, found.output
    assert found.stdout == ""
    (sentence,) = found.stderr.splitlines()
    assert str(tmp_path / "var") in sentence
    assert "MODERATO_DATA_DIR" in sentence or "--key" in sentence
    assert list(tmp_path.iterdir()) == []


def test_every_command_is_tried_away_from_its_data_folder() -> None:
    tried = {command.split()[0] for command, _ in AWAY}
    assert {*main.list_commands(Context(main))} - tried - NOT_AWAY == set()


def test_a_database_that_the_settings_name_is_created_by_an_upgrade_alone(run: Run, tmp_path: Path) -> None:
    named = {"DATABASE_URL": f"sqlite:///{tmp_path}/named.db"}
    refused = run("site list", **named)
    assert (refused.exit_code, refused.stderr.count("\n")) == (78, 1)
    assert "`moderato db upgrade`" in refused.stderr
    assert list(tmp_path.iterdir()) == []
    assert run("db upgrade", **named).exit_code == 0
    assert run("site list", **named).exit_code == 0


def test_a_database_without_schema_is_explained(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    refused = run("site list", DATABASE_URL=f"sqlite:///{tmp_path}/empty.db")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "The database has no Moderato schema yet; run `moderato db upgrade`.\n",
    )


def test_a_database_that_is_away_is_explained_without_its_password(run: Run) -> None:
    url = "postgresql://moderato:secret-of-this-test@127.0.0.1:9/moderato"
    refused = run("site list", DATABASE_URL=url)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "127.0.0.1:9/moderato cannot be used" in refused.stderr
    assert "secret-of-this-test" not in refused.stderr


def test_every_file_is_its_users_alone_whoever_makes_it(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "kept" / "data"
    assert run("db upgrade", MODERATO_DATA_DIR=str(folder)).exit_code == 0
    os.umask(0o022)
    database = Database(f"sqlite:///{tmp_path / 'kept' / 'other' / 'moderato.db'}")  # by no command at all
    migrations.upgrade(database)
    with database.write() as session:
        session.add(Site(slug="gazette", name="The Gazette"))
    open_to_others = [path.name for path in (tmp_path / "kept").rglob("*") if path.stat().st_mode & 0o077]
    database.dispose()
    assert open_to_others == []


def test_a_folder_that_cannot_be_used_is_a_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "redis"))
    monkeypatch.setattr(migrations, "upgrade", lambda *_, **__: (_ for _ in ()).throw(refused))
    found = run("db upgrade", MODERATO_DATA_DIR=str(tmp_path))
    assert (found.exit_code, found.stderr.count("\n")) == (1, 1)
    assert f"{tmp_path / 'redis'}: Permission denied" in found.stderr


@pytest.fixture
def read_only(run: Run, tmp_path: Path) -> Iterator[Path]:
    """A folder with a database that this process may not write to, also when it runs as root."""
    folder = tmp_path / "kept"
    folder.mkdir()
    assert run("db upgrade", MODERATO_DATA_DIR=str(folder)).exit_code == 0
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    mounted = subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a read-only folder for root needs a mount, which is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    "command", ["site list", "keys create gazette", "db upgrade", "db reseal", "doctor", "web", "worker upkeep", "up"]
)
def test_a_read_only_folder_is_named_with_what_to_do(run: Run, command: str, read_only: Path) -> None:
    before = sorted(read_only.rglob("*"))
    refused = run(command, MODERATO_DATA_DIR=str(read_only), PORT=str(free_port()))
    assert refused.exit_code == 78, refused.output
    (sentence,) = refused.stderr.splitlines()
    assert f"{read_only} is not writable for" in sentence
    assert sorted(read_only.rglob("*")) == before
