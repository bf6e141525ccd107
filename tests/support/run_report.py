"""A pytest plugin: a run ends with its slowest files, its time, and what this machine lacks.

`--nothing-left-out` makes what is lacking, and every skip, a failure.
"""

import time
from collections import Counter

import pytest

from tests.support import wordpress
from tests.support.browser import EXECUTABLE
from tests.support.nginx import NGINX
from tests.support.postgres import POSTGRES

LEFT_OUT = [
    *([] if POSTGRES else ["PostgreSQL (no initdb on this machine): tests ran on SQLite alone"]),
    *([] if EXECUTABLE else ["browser tests (no Chromium on this machine)"]),
    *([] if wordpress.INSTALLED else ["the WordPress plugin (no WordPress, PHP or MariaDB on this machine)"]),
    *([] if NGINX else ["ids through a proxy (no nginx on this machine)"]),
]
_skipped: list[str] = []
_seconds: Counter[str] = Counter()  # by file
_started = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nothing-left-out", action="store_true", help="fail when a test is skipped or a part is missing")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[report.nodeid.partition("::")[0]] += report.duration
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("nothing_left_out") and (LEFT_OUT or _skipped) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("slowest files")
    for file, seconds in _seconds.most_common(10):
        terminalreporter.line(f"{seconds:6.1f} s  {file}")
    whole, tests = (time.monotonic() - _started) / 60, _seconds.total() / 60
    terminalreporter.line(f"{whole:6.1f} min for {len(_seconds)} files, whose tests took {tests:.1f} min")
    lines = LEFT_OUT + (["PostgreSQL (--sqlite-only)"] if config.getoption("sqlite_only") else [])
    if lines:
        terminalreporter.section("left out")
        for line in lines:
            terminalreporter.line(line)
