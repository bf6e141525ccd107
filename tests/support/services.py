"""Starts the real parts for a journey, each in its own process as in production, and stops every one of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from service.db import Database
from service.machine.processes import die_with_parent
from service.models import WorkerBeat
from tests.support import warm_start

REPOSITORY = Path(__file__).parents[2]


def copied(template: Path, folder: Path, /) -> str:
    """Return the address of a migrated SQLite file in the folder, for this user alone as ours are."""
    file = folder / "moderato.db"
    shutil.copyfile(template, file)
    file.chmod(0o600)
    return f"sqlite:///{file}"


class Services:
    """Processes of one journey, on the journey's own database, Redis and data folder."""

    def __init__(self, database: Database, environ: dict[str, str], folder: Path) -> None:
        self.database = database
        self.environ = environ
        self.folder = folder
        self.base_url = ""
        self._started: list[tuple[Path, subprocess.Popen[bytes]]] = []

    def web(self, **environ: str) -> str:
        """Start the web server and return its address once it answers."""
        port = str(free_port())
        self.base_url = f"http://127.0.0.1:{port}"
        process = self.start([sys.executable, "-m", "service.cli.main", "web"], "web", PORT=port, **environ)
        eventually(lambda: status_of(f"{self.base_url}/healthz") == 200, self._why(process, "web"))
        return self.base_url

    def worker(self, role: str, *, wait: bool = True, **environ: str) -> subprocess.Popen[bytes]:
        """Start a worker; with `wait`, return only when it has given its first sign of life."""
        process = self.start([sys.executable, "-m", "workers", role], role, **environ)
        if wait:
            eventually(lambda: self._has_beat(role, process), self._why(process, role))
        return process

    def start(
        self, command: list[str], name: str, *, cwd: Path = REPOSITORY, **environ: str
    ) -> subprocess.Popen[bytes]:
        """Start any command in its own process group, its output in a file of the test's folder."""
        output, environ = self.folder / f"{name}-{len(self._started)}.log", self.environ | environ
        if warm_start.can_start(command, cwd):
            process: subprocess.Popen[bytes] = warm_start.start(command, output, environ)
        else:
            with output.open("wb") as file:
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                    preexec_fn=die_with_parent(),
                )
        self._started.append((output, process))
        return process

    def kill(self, process: subprocess.Popen[bytes], kind: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process and all its children; with SIGKILL, return when it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        if kind == signal.SIGKILL:
            process.wait(10)

    def output(self) -> str:
        """Return everything the processes have written."""
        return "\n".join(file.read_text(errors="replace") for file, _ in self._started)

    def stop(self) -> None:
        for _, process in self._started:
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + 8
        for _, process in self._started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            self.kill(process)

    def _has_beat(self, role: str, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, f"{role} ended with {process.returncode}:\n{self.output()}"
        with self.database.read() as session:
            return session.scalar(select(WorkerBeat.id).filter_by(role=role, pid=process.pid)) is not None

    def _why(self, process: subprocess.Popen[bytes], name: str) -> Callable[[], str]:
        return lambda: f"{name} is not ready (exit status {process.poll()}):\n{self.output()}"


def eventually(holds: Callable[[], object], why: Callable[[], str] | str, *, seconds: float = 120) -> None:
    """Return as soon as `holds()` is true; fail with `why` when it is not within `seconds`, long for a busy machine."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise AssertionError(why if isinstance(why, str) else why())
        time.sleep(0.02)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def status_of(url: str) -> int:
    """Return the status that `url` answers with, 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
