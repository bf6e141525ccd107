"""Starts `python -m MODULE` for less: as a fork of a process that has imported what our processes import.

To a test it is what `subprocess.Popen` returns: a child of the test's own process, in a process group of its own and
gone when the test's process is. What our modules read from the environment while they are imported is read again.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import random
import runpy
import socket
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any, NoReturn

from service.machine.processes import die_with_parent

REPOSITORY = Path(__file__).parents[2]
IMPORTED = (
    "workers.jobs", "workers.classification", "workers.delivery", "workers.interactive", "workers.upkeep",
    "service.cli.serve", "service.machine.web_server", "service.app",
    "psycopg", "rq.timeouts", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite",
)  # fmt: skip
READS_THE_ENVIRONMENT = "service.crash"
MOST_BYTES = 100_000
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Forked(Popen[bytes]):
    """A child of this process that another one has forked."""

    def __init__(self, pid: int, command: list[str]) -> None:
        self.args, self.pid = command, pid
        self.returncode: Any = None
        self.stdin = self.stdout = self.stderr = None
        self._child_created = True
        self._waitpid_lock = threading.Lock()
        self._sigint_wait_secs = 0.25


def can_start(command: list[str], cwd: Path) -> bool:
    """Whether the command starts a module of this repository, on a system where a process can adopt orphans."""
    return _libc is not None and command[:2] == [sys.executable, "-m"] and cwd == REPOSITORY


def start(command: list[str], output: Path, environ: Mapping[str, str]) -> Forked:
    """Start such a command in a process group of its own, its output in a file."""
    assert _libc is not None
    output.touch()
    asked = {"command": command[2:], "output": str(output), "environ": dict(environ), "parent": os.getpid()}
    warm = _warm()
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # only now: what else loses its parent is not for us to adopt
    try:
        warm.send(json.dumps(asked).encode())
        return Forked(int(warm.recv(32)), command)
    finally:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@cache
def _warm() -> socket.socket:
    """Start the process that forks; return what it is asked on."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        forks = Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            cwd=REPOSITORY,
            pass_fds=[theirs.fileno()],
            stdin=DEVNULL,
            preexec_fn=die_with_parent(),
        )

    def end() -> None:
        ours.close()  # which ends it
        forks.wait()

    atexit.register(end)
    return ours


def main(descriptor: int) -> None:
    """Fork a child for each request, until the process that asks has ended."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # so that a collection in a child does not copy all of this
    with socket.socket(fileno=descriptor) as asking:
        while request := asking.recv(MOST_BYTES):
            asking.send(_fork_for_another(json.loads(request), asking))


def _fork_for_another(asked: dict[str, Any], asking: socket.socket) -> bytes:
    """Fork a child whose parent ends at once, so that the process that asked adopts it; return the child's id."""
    reading, writing = os.pipe()
    if (between := os.fork()) == 0:
        if (child := os.fork()) == 0:
            for descriptor in (reading, writing):
                os.close(descriptor)
            asking.close()
            _become(**asked)
        os.setpgid(child, child)
        os.write(writing, str(child).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(between, 0)
    with open(reading, "rb") as answer:
        return answer.read()


def _become(command: list[str], output: str, environ: dict[str, str], parent: int) -> NoReturn:
    """Be what `python -m` with this command is."""
    while os.getppid() != parent:
        time.sleep(0.001)
    die_with_parent(of=parent)()
    file = os.open(output, os.O_WRONLY)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    os.environ.clear()
    os.environ.update(environ)
    importlib.reload(importlib.import_module(READS_THE_ENVIRONMENT))
    random.seed()
    sys.argv = command[:]
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main(int(sys.argv[1]))
