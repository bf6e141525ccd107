"""Runs every part of the service on one machine: starts them together, restarts what ends, stops all of them.

One thread, because the kernel ties a child to the thread that started it (service/machine/processes.py). The parts are
those of docker-compose.yml; here they share a terminal.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from service.machine.processes import die_with_parent

STOP_SECONDS = 8.0  # seconds after SIGTERM until a part is killed
BACK_OFF = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)  # pauses before a part that keeps ending is started again
PROBE_SECONDS = 10.0  # seconds between two questions whether the parts respond
STEADY_SECONDS = 60.0  # a part that ran this long counts as well again
MISCONFIGURED = 78  # EX_CONFIG: starting it again would end the same way


@dataclass(frozen=True)
class Part:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], object] = lambda: None  # before every start
    once: bool = False  # ends by itself and is not started again
    last: bool = False  # stopped when all others have ended
    talks: bool = False  # writes to the terminal itself instead of to the log
    delay: float = 0.0  # seconds that the first start is put off, so that others get the processor first
    responds: Callable[[int], bool] = lambda _pid: True  # whether the process does; one that does not is killed


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    start_at: float | None = None  # when to start it, or None
    unfinished: bytes = b""  # the beginning of a line


@dataclass
class Supervisor:
    """Keeps `parts` running; `log` gets each line they write, `say` what happens to them, both with the part's name."""

    parts: Sequence[Part]
    environ: Mapping[str, str]
    log: Callable[[str, str], None]
    say: Callable[[str, str], None]
    stop_seconds: float = STOP_SECONDS
    probe_seconds: float = PROBE_SECONDS
    _running: list[_Running] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _stops_asked: int = 0
    _exit_status: int = 0

    def run(self) -> int:
        """Run until SIGTERM, SIGINT or a part that is wrongly configured; return the exit status."""
        self._listen_to_signals()
        self._running = [_Running(part, start_at=time.monotonic() + part.delay) for part in self.parts]
        probe_at = time.monotonic() + self.probe_seconds
        while not self._stops_asked:
            self._start_due()
            self._wait(until=min([probe_at, *(r.start_at for r in self._running if r.start_at is not None)]))
            self._reap()
            if time.monotonic() >= probe_at:
                self._kill_what_hangs()
                probe_at = time.monotonic() + self.probe_seconds
        self._stop()
        return self._exit_status

    def _start_due(self) -> None:
        for running in self._running:
            if running.start_at is not None and running.start_at <= time.monotonic():
                running.start_at = None
                self._start(running)

    def _start(self, running: _Running) -> None:
        running.part.prepare()
        running.process = subprocess.Popen(
            running.part.command,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=None if running.part.talks else subprocess.PIPE,
            stderr=None if running.part.talks else subprocess.STDOUT,
            process_group=0,  # a Ctrl-C on the terminal reaches us alone, and we say who stops when
            preexec_fn=die_with_parent(),
        )
        running.started_at = time.monotonic()
        if running.process.stdout is not None:
            os.set_blocking(running.process.stdout.fileno(), False)
            self._selector.register(running.process.stdout, selectors.EVENT_READ, running)

    def _wait(self, *, until: float) -> None:
        """Pass on what the parts log, until a signal comes (a child's end is one) or the time is there."""
        timeout = max(0.0, until - time.monotonic())
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                self._wake_up.recv(4096)
            else:
                self._pass_on(key.data, key.fileobj)  # type: ignore[arg-type]

    def _pass_on(self, running: _Running, pipe: IO[bytes]) -> None:
        chunk = pipe.read(65536)
        if chunk is None:
            return
        lines = (running.unfinished + chunk).split(b"\n")
        running.unfinished = b"" if not chunk else lines.pop()
        for line in lines:
            if line:
                self.log(running.part.name, line.decode(errors="replace"))
        if not chunk:
            self._selector.unregister(pipe)
            pipe.close()

    def _reap(self) -> None:
        for running in self._running:
            if running.process is None or running.process.poll() is None:
                continue
            status, ran = running.process.returncode, time.monotonic() - running.started_at
            running.process = None
            if running.part.once:
                continue
            if status == MISCONFIGURED:
                self._exit_status, self._stops_asked = MISCONFIGURED, 1
                self.say(running.part.name, "is wrongly configured; stopping everything")
                continue
            running.failures = 0 if ran >= STEADY_SECONDS else running.failures + 1
            pause = BACK_OFF[min(running.failures, len(BACK_OFF) - 1)]
            running.start_at = time.monotonic() + pause
            self.say(running.part.name, f"ended with status {status} after {ran:.1f} s; starts again in {pause:g} s")

    def _kill_what_hangs(self) -> None:
        """Kill each process that does not respond: one that was stopped never ends, so nothing would start it again."""
        for running in self._running:
            if running.process is not None and not running.part.responds(running.process.pid):
                self.say(running.part.name, "does not respond; it is killed")
                _signal(running, signal.SIGKILL, group=True)

    def _stop(self) -> None:
        """Stop all parts, those marked `last` after the others; kill what takes longer than STOP_SECONDS."""
        until = time.monotonic() + self.stop_seconds
        for last in (False, True):
            stopping = [r for r in self._running if r.part.last is last and r.process is not None]
            for running in stopping:
                _signal(running, signal.SIGTERM, group=False)
            while any(r.process and r.process.poll() is None for r in stopping):
                if time.monotonic() > until or self._stops_asked > 1:  # Ctrl-C a second time: now
                    break
                self._wait(until=min(until, time.monotonic() + 0.1))
            for running in stopping:
                # Its group, also when it ended in time: it may have left children of its own.
                _signal(running, signal.SIGKILL, group=True)
                if running.process is not None:
                    running.process.wait()
            until = max(until, time.monotonic() + 1.5)

    def _listen_to_signals(self) -> None:
        self._wake_up, ours = socket.socketpair()
        for end in (self._wake_up, ours):
            end.setblocking(False)
        self._ours = ours  # kept open for as long as we run
        signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._wake_up, selectors.EVENT_READ, None)
        for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(kind, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self._stops_asked += 1


def _signal(running: _Running, kind: signal.Signals, *, group: bool) -> None:
    assert running.process is not None
    with suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(running.process.pid, kind)
        elif running.process.poll() is None:
            running.process.send_signal(kind)


def python(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs our Python with these arguments."""
    return (sys.executable, *arguments)
