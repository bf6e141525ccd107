"""A private PostgreSQL cluster for the tests, from local binaries: no network port, no root, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from service.db import new_id
from service.machine.processes import die_with_parent

# Speed instead of durability: this data lives for one test run.
OPTIONS = (
    "fsync=off",
    "autovacuum=off",  # it would count rows in the middle of a test, and change the plans that tests read
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
# In one statement, because each takes a trip there and back; foreign keys and triggers are not asked.
_EMPTY = f"""
DO $$
DECLARE name text; filled boolean;
BEGIN
    SET LOCAL lock_timeout = '5s';
    SET session_replication_role = replica;  -- also for what is copied in afterwards
    FOR name IN {_TABLES} LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', name);
    END LOOP;
END $$
""".encode()


def find_binaries() -> Path | None:
    """Return the folder of the newest `initdb` and `postgres`, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda f: float(f.parent.name), reverse=True)
    on_path = [Path(found).parent] if (found := shutil.which("initdb")) else []
    return next((f for f in [*debian, *on_path] if (f / "initdb").exists() and (f / "postgres").exists()), None)


POSTGRES = find_binaries()


class Cluster:
    """A private server in a temporary folder; its journal in `journal`, if given."""

    def __init__(self, binaries: Path, *, journal: Path | None = None) -> None:
        self._emptied: list[str] = []
        self._first_rows: dict[str, bytes] | None = None  # what the migrations themselves write, by table
        self.folder = Path(tempfile.mkdtemp(prefix="moderato-pg-"))
        self._binaries = binaries
        # PostgreSQL refuses to run as root; Debian's package brings the user `postgres`.
        user = _unprivileged_user() if os.geteuid() == 0 else None
        self._identity: dict[str, Any] = (
            {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        )
        self.own(self.folder)
        elsewhere = ["--waldir", journal, "--wal-segsize=1"] if journal else []
        subprocess.run(
            [
                *(binaries / "initdb", "-D", self.folder / "data", "-U", "moderato", "-A", "trust", "-E", "UTF8"),
                *("--locale=C", "--no-sync", *elsewhere),
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._identity,
        )
        self.start()

    def own(self, folder: Path) -> None:
        """Give a folder to whom the server runs as."""
        if self._identity:
            os.chown(folder, self._identity["user"], self._identity["group"])

    def start(self) -> None:
        """Start the server, as its supervisor does when it has ended."""
        arguments = [argument for option in OPTIONS for argument in ("-c", option)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stderr=log,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGQUIT),
                **self._identity,
            )
        self._wait()

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://moderato@/{name}?host={self.folder}"

    def create(self, name: str, *, template: str = "template0", tablespace: str = "pg_default") -> str:
        """Make a database and return its URL."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" TABLESPACE "{tablespace}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def borrow(self, template: str) -> str:
        """Return the name of a database like `template`: one that was emptied, which is far quicker, or a new one."""
        if self._emptied:
            return self._emptied.pop()
        name = f"test_{new_id()}"
        self.create(name, template=template)
        if self._first_rows is None:
            with self._connect(name) as connection:
                self._first_rows = {table: _copy_out(connection, table) for table in _filled(connection)}
        return name

    def give_back(self, name: str) -> None:
        """Make the database as it was for the next test; drop it where that does not work."""
        try:
            with self._connect(name) as connection:
                self._empty(connection)
        except psycopg.Error:
            self.drop(name)
        else:
            self._emptied.append(name)

    def _empty(self, connection: psycopg.Connection) -> None:
        # Whoever is still connected belongs to the test that has ended.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(_EMPTY)
        for table, rows in (self._first_rows or {}).items():
            with connection.cursor().copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
                copy.write(rows)

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="moderato", dbname=name, autocommit=True)

    def limit_files(self, size: int | None) -> None:
        """Let no file of the server grow beyond `size` bytes, which fails like a full disk; None: without a limit."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in [self.process.pid, *children.read_text().split()] if children.exists() else []:
            command = ["prlimit", "--pid", str(pid), f"--fsize={'unlimited' if size is None else size}:"]
            subprocess.run(command, check=False, capture_output=True, **self._identity)  # as the server's own user

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGQUIT)  # at once; there is nothing to keep
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str) -> None:
        with self._connect("postgres") as connection:
            connection.execute(statement.encode())

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)


def _filled(connection: psycopg.Connection) -> list[str]:
    tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)
    return [row[0] for row in connection.execute(asked.encode()).fetchall()]


def _copy_out(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
        return b"".join(bytes(block) for block in copy)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
