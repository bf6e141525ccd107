"""A private MariaDB for the tests: on a socket, no network port, gone afterwards."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

# This data lives for one test run: no journal of 100 MB, no waiting for the disk.
SMALL_AND_QUICK = (
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=16M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
)
BINARY = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class MariaDb:
    """A server in `folder`, which `start` starts as it starts any process."""

    def __init__(self, folder: Path, start: Callable[[list[str]], None]) -> None:
        self.socket = folder / "db.sock"
        data = folder / "db"
        user = ["--user=root"] if os.geteuid() == 0 else []
        common = ["--no-defaults", f"--datadir={data}", *user, *SMALL_AND_QUICK]
        trusting = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(["mariadb-install-db", *common, *trusting], check=True, capture_output=True, timeout=120)
        start([str(BINARY), *common, "--skip-networking", f"--socket={self.socket}"])

    def has(self, database: str) -> bool:
        """Make the database; False while the server does not answer."""
        return self._client(f"CREATE DATABASE IF NOT EXISTS {database}", "").returncode == 0

    def rows(self, statement: str, database: str) -> list[list[str]]:
        """Run a statement; return its rows."""
        done = self._client(statement, database)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def _client(self, statement: str, database: str) -> "subprocess.CompletedProcess[str]":
        command = [
            "mariadb",
            "--no-defaults",
            f"--socket={self.socket}",
            "-uroot",
            "-N",
            "-B",
            "-e",
            statement,
            database,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
