"""The supervisor keeps its parts running, and leaves none of them behind, however it ends."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.machine.supervisor import STOP_SECONDS
from tests.support.services import REPOSITORY, eventually

Start = Callable[..., subprocess.Popen[str]]

# Each part writes its process id into a file of its name, so that the test can look for it afterwards.
PRELUDE = """
import os, signal, sys, time
from pathlib import Path
def note(name):
    with open(name, "a") as file:
        file.write(f"{os.getpid()}\\n")
def noted(name):
    return Path(name).exists() and Path(name).read_text() != ""
def stay():
    time.sleep(600)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(parts: str, options: str = "") -> subprocess.Popen[str]:
        script = textwrap.dedent(
            """
            import os, sys
            from service.machine.supervisor import Part, Supervisor, python
            def run(name, code, **options):
                return Part(name, python("-c", PRELUDE + f"note({name!r})\\n" + code), **options)
            parts = [PARTS]
            log = lambda name, line: print(f"{name}: {line}", flush=True)
            say = lambda name, line: print(f"({name}: {line})", flush=True)
            sys.exit(Supervisor(parts, dict(os.environ), log, say, OPTIONS).run())
            """
        )
        script = script.replace("PRELUDE", repr(PRELUDE)).replace("PARTS", parts).replace("OPTIONS", options)
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_a_part_that_ends_is_started_again(start: Start, tmp_path: Path) -> None:
    start('run("short", "sys.exit(3)"), run("long", "stay()")')
    eventually(lambda: len(pids(tmp_path / "short")) >= 3, "it was not started a third time")
    assert len(pids(tmp_path / "long")) == 1


def test_a_part_that_was_stopped_is_killed_and_started_again(start: Start, tmp_path: Path) -> None:
    beats = "while True: Path(f'beat-{os.getpid()}').touch(); time.sleep(0.05)"
    responds = (
        "lambda pid: not os.path.exists(f'beat-{pid}')"
        " or __import__('time').time() - os.path.getmtime(f'beat-{pid}') < 2"
    )
    start(
        f'run("beats", {beats!r}, responds={responds}), run("other", "stay()", responds={responds})',
        "probe_seconds=0.2",
    )
    eventually(lambda: [*tmp_path.glob("beat-*")], "it does not beat")
    (stopped,) = pids(tmp_path / "beats")
    os.kill(stopped, signal.SIGSTOP)
    eventually(lambda: len(pids(tmp_path / "beats")) == 2, "it was not started again")
    assert len(pids(tmp_path / "other")) == 1


def test_a_part_that_runs_once_is_not_started_again(start: Start, tmp_path: Path) -> None:
    process = start('run("once", "", once=True), run("short", "sys.exit(3)")')
    eventually(lambda: pids(tmp_path / "once"), "it did not start")
    before = len(pids(tmp_path / "short"))
    eventually(lambda: len(pids(tmp_path / "short")) >= before + 3, "the other part was not started again")
    assert len(pids(tmp_path / "once")) == 1
    assert process.poll() is None


def test_each_line_of_a_part_comes_out_whole_with_its_name(start: Start) -> None:
    process = start(
        'run("first", "print(1, flush=True); sys.stdout.write(str(2)); stay()"),'
        'run("second", "print(3, flush=True); print(4, file=sys.stderr, flush=True); stay()")'
    )
    assert process.stdout is not None
    written = (line.strip() for line in process.stdout if not line.startswith("("))
    lines: set[str] = set()
    while len(lines) < 3:
        lines.add(next(written))
    assert lines == {"first: 1", "second: 3", "second: 4"}


def test_a_wrongly_configured_part_stops_everything_with_its_status(start: Start, tmp_path: Path) -> None:
    process = start('run("long", "stay()"),run("wrong", "while not noted(\'long\'): time.sleep(0.01)\\nsys.exit(78)")')
    assert process.wait(60) == 78
    assert pids(tmp_path / "long")
    assert not running(pids(tmp_path / "long"))


@pytest.mark.parametrize(("kind", "options"), [(signal.SIGTERM, ""), (signal.SIGINT, "stop_seconds=1")])
def test_a_stop_ends_every_part_also_a_deaf_one(
    start: Start, tmp_path: Path, kind: signal.Signals, options: str
) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); note('is deaf'); stay()"
    process = start(f'run("polite", "stay()"), run("deaf", "{deaf}")', options)
    eventually(lambda: pids(tmp_path / "polite") and pids(tmp_path / "is deaf"), "they did not start")
    process.send_signal(kind)
    assert process.wait(60) == 0
    assert not running(pids(tmp_path / "polite") + pids(tmp_path / "deaf"))


def test_a_deaf_part_is_killed_soon_enough_for_a_stop_within_ten_seconds() -> None:
    assert STOP_SECONDS <= 8


def test_the_part_that_others_need_is_stopped_after_them(start: Start, tmp_path: Path) -> None:
    slow = "slowly = lambda *_: (time.sleep(1), note('slow ended'), sys.exit(0))"
    base = "look = lambda *_: (Path('seen').write_text(str(Path('slow ended').exists())), sys.exit(0))"
    slow += "; signal.signal(signal.SIGTERM, slowly); note('up'); stay()"
    base += "; signal.signal(signal.SIGTERM, look); note('up'); stay()"
    process = start(f'run("base", "{base}", last=True), run("slow", "{slow}")', "stop_seconds=60")
    eventually(lambda: len(pids(tmp_path / "up")) == 2, "they did not start")
    process.terminate()
    process.wait(60)
    assert (tmp_path / "seen").read_text() == "True"


def test_no_part_outlives_a_supervisor_that_was_killed(start: Start, tmp_path: Path) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); stay()"
    process = start(f'run("one", "stay()"), run("two", "{deaf}")')
    eventually(lambda: pids(tmp_path / "one") and pids(tmp_path / "two"), "they did not start")
    process.kill()
    parts = pids(tmp_path / "one") + pids(tmp_path / "two")
    eventually(lambda: not running(parts), f"still running: {running(parts)}")


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def running(found: list[int]) -> list[int]:
    """Return those that are processes and not just waiting to be buried."""
    return [pid for pid in found if _state(pid) not in ("", "Z")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
