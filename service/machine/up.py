"""`moderato up`: the whole service on one machine, from a checked configuration to running parts."""

import fcntl
import importlib.util
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import click

from service import migrations
from service.installation import data_folder
from service.installation.settings import Settings
from service.installation.storage import opened
from service.machine import newspaper, redis_server, vital_signs
from service.machine.supervisor import MISCONFIGURED, Part, Supervisor, python
from service.outside.addresses import LOOPBACK_NETWORKS, NETWORKS_SETTING
from service.queues import CLASSIFICATION, DELIVERY, INTERACTIVE

LOG_NAME = "moderato.log"
LATER_SECONDS = 2.5  # six interpreters starting at once on two cores would all be late


def up(settings: Settings, *, demo: bool) -> int:
    """Start everything and keep it running; return the exit status once it is stopped."""
    started_at = time.time()
    data_folder.require_writable(settings)
    fault = _not_startable(settings)
    if fault:
        click.echo(fault, err=True)
        return MISCONFIGURED
    try:
        lock = _lock(settings.data_dir)
    except OSError:
        click.echo(data_folder.read_only(settings.data_dir.absolute()), err=True)
        return MISCONFIGURED
    if lock is None:
        click.echo(
            f"Another `moderato up` is running on {settings.data_dir}; stop it, or set MODERATO_DATA_DIR.", err=True
        )
        return 1
    with lock:
        try:
            parts = [*redis_part(settings), *service_parts(settings)]
        except redis_server.RedisMissing as missing:
            click.echo(str(missing), err=True)
            return MISCONFIGURED
        _migrate(settings)
        readable = settings.log_format == "console" or (settings.log_format == "auto" and sys.stdout.isatty())
        environ = dict(os.environ) | {"LOG_FORMAT": "console" if readable else "json"}
        if demo:
            environ |= _demo_environ(settings)
            parts += _demo_parts(started_at, has_newspaper=newspaper.PORT in environ)
        if not demo:
            return Supervisor(parts, environ, _to_terminal(readable=readable), _say).run()
        log = settings.data_dir / LOG_NAME
        print(
            f"Starting Moderato. Its data is in {settings.data_dir.absolute()}, its log in {LOG_NAME} there.",
            flush=True,
        )
        with log.open("a", buffering=1) as file:
            return Supervisor(
                parts,
                environ,
                log=lambda name, line: print(f"{name} {line}", file=file),
                say=lambda name, line: _say(name, f"{line}; {log} says why."),
            ).run()


def redis_part(settings: Settings) -> list[Part]:
    """Return the private Redis, or nothing where REDIS_URL names one; raise RedisMissing where none is installed."""
    if settings.redis_url:
        return []
    socket_path, folder = settings.redis_socket, (settings.data_dir / "redis").absolute()
    return [
        Part(
            "redis",
            redis_server.command(redis_server.find_server(), socket_path, folder),
            prepare=lambda: redis_server.prepare(socket_path, folder),
            last=True,
        )
    ]


def service_parts(settings: Settings) -> list[Part]:
    """Return the processes that make up the service, the ones that the first verdict waits for first."""
    many, responds = settings.classification_workers > 1, vital_signs.watcher_of_workers(settings)

    def worker(name: str, role: str, *, delay: float = LATER_SECONDS) -> Part:
        return Part(name, python("-m", "workers", role), delay=delay, responds=responds)

    return [
        Part("web", python("-m", "service.cli.main", "web")),
        *(
            worker(f"{CLASSIFICATION}-{n}" if many else CLASSIFICATION, CLASSIFICATION, delay=0)
            for n in range(1, settings.classification_workers + 1)
        ),
        *(worker(role, role) for role in (INTERACTIVE, DELIVERY, "upkeep")),
    ]


def _demo_environ(settings: Settings) -> dict[str, str]:
    """Return what --demo changes: callbacks may go to this machine, where the newspaper has a port of its own."""
    networks = (settings.callback_allow_private, LOOPBACK_NETWORKS)
    return newspaper.environ(settings) | {NETWORKS_SETTING: ",".join(network for network in networks if network)}


def _demo_parts(started_at: float, *, has_newspaper: bool) -> list[Part]:
    demo = Part("demo", python("-m", "service.machine.demo", str(started_at)), once=True, talks=True)
    paper = Part("newspaper", python("-m", "service.machine.newspaper"), delay=LATER_SECONDS)
    return [demo, paper] if has_newspaper else [demo]


def _not_startable(settings: Settings) -> str | None:
    """Return in words what prevents a start, or None."""
    if importlib.util.find_spec("onnxruntime") is None:
        return "The workers' packages are not installed; this brings them:\n  pip install 'moderato[workers]'"
    try:
        with socket.create_server((settings.host, settings.port), family=_family(settings.host)):
            return None
    except OSError as error:
        why = (error.strerror or "").partition(" (while")[0]  # Python repeats the address there
        return f"PORT={settings.port}: cannot listen on {settings.host} ({why}); set PORT to a free one."


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _lock(folder: Path) -> IO[str] | None:
    """Take the data folder for this process, which writes its id into the lock; None where another one has it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "supervisor.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _migrate(settings: Settings) -> None:
    with opened(settings) as database:
        if not migrations.is_at_head(database):
            migrations.upgrade(database, keyring=lambda: settings.keyring)


def _to_terminal(*, readable: bool) -> Callable[[str, str], None]:
    """Return a writer of log lines: with the part's name before each for people, untouched for programs."""
    if readable:
        return lambda name, line: print(f"{name:>14} | {line}", flush=True)
    return lambda _name, line: print(line, flush=True)


def _say(name: str, line: str) -> None:
    print(f"{name} {line}", file=sys.stderr, flush=True)
