"""Long files: an import that was interrupted or killed continues, and its memory stays as it is."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.cli.transfer import importing
from service.db import Database
from service.models import Comment, Decision, ImportMark, Site
from service.moderation.transfer import batches
from tests.service.cli.transfer.conftest import Bring, count, kept
from tests.support import exports
from tests.support.services import REPOSITORY


def test_an_interrupted_import_continues_where_it_was(
    bring: Bring, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, stored = exports.many(1_300, status="approved"), importing.storing.store

    def interrupted(*arguments: Any, **more: Any) -> Any:
        if count(database, Comment) >= 1_000:
            raise KeyboardInterrupt
        return stored(*arguments, **more)

    monkeypatch.setattr(importing.storing, "store", interrupted)
    stopped = bring(content)
    assert (stopped.exit_code, stopped.stderr.splitlines()[-1]) == (
        130, "Stopped after row 1,000; the same command continues there.",
    )  # fmt: skip
    monkeypatch.setattr(importing.storing, "store", stored)
    done = bring(content, "--json")
    assert "Continues after row 1,000." in done.stderr
    assert json.loads(done.stdout)["approved"] == count(database, Comment) == count(database, Decision) == 1_300
    assert count(database, ImportMark) == 0


def test_an_import_that_was_killed_continues_and_nothing_is_doubled(
    bring: Bring, database: Database, site: Site, environ: dict[str, str], tmp_path: Path
) -> None:
    content = exports.many(2_000, status="approved")
    (tmp_path / "comments").write_text(content)
    command = [sys.executable, "-m", "service.cli.main", "import", str(tmp_path / "comments")]
    process = subprocess.Popen(command, env=environ, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while count(database, Comment) < batches.ROWS and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = count(database, Comment)
    assert batches.ROWS <= before < 2_000
    done = bring(content)
    assert f"Continues after row {before:,}." in done.stderr
    assert count(database, Comment) == count(database, Decision) == 2_000
    with database.read() as session:
        unlinked = session.scalars(
            select(Comment).where(Comment.parent_external_id.is_not(None), Comment.parent_id.is_(None))
        )
        assert unlinked.all() == []
    kept(database, site)


@pytest.mark.one_database
def test_ten_times_as_many_rows_take_no_more_memory(
    environ: dict[str, str], site: Site, database: Database, tmp_path: Path
) -> None:
    peaks = []
    for rows in (250, 2_500):
        file = tmp_path / f"{rows}.xml"
        file.write_text(exports.wordpress(exports.wordpress_comment(n, "x" * 15_000) for n in range(1, rows)))
        run = (
            "from service.cli.main import main\n"
            f"main(['import', {str(file)!r}, '--dry-run'], standalone_mode=False)\n"
            # Not `ru_maxrss`, which begins with that of the process that started this one.
            "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
        )
        done = subprocess.run([sys.executable, "-c", run], env=environ, cwd=REPOSITORY, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] < 1.2 * peaks[0]
