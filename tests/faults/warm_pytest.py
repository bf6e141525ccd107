"""Runs pytest in a forked child of a process that has loaded what all tests load: a start costs little instead of much.

Nothing of `service`, `workers` or `tests` may be loaded before the fork: each run is to import those of its own tree.
"""

import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path

OURS = ("service", "workers", "tests")
# What takes long to load; plugins beyond these are not loaded at all.
HEAVY = ("pytest", "_pytest.assertion.rewrite", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "alembic.command",
         "flask", "flask_wtf", "redis", "rq", "structlog", "pydantic", "cryptography.fernet", "argon2", "psycopg",
         "urllib3", "time_machine", "hypothesis", "click.testing", "numpy")  # fmt: skip
# A plugin that was loaded before its asserts could be rewritten is as good.
OPTIONS = ("-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin", "-W", "ignore::pytest.PytestAssertRewriteWarning")


def preload() -> None:
    """Load what is heavy; what is not installed is left to the tests."""
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def run(tree: Path, arguments: list[str], output: Path, *, seconds: float) -> int:
    """Run pytest in `tree` with its output in a file; return its status, or 124 when it took too long."""
    child = os.fork()
    if child == 0:
        _become_pytest(tree, arguments, output)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def _become_pytest(tree: Path, arguments: list[str], output: Path) -> None:
    os.setpgid(0, 0)
    os.chdir(tree)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTHONPATH", None)
    sys.dont_write_bytecode = False  # the copy is compiled once for all runs; a file that changes is compiled anew
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]
    here = Path(__file__).parents[2]
    sys.path[:] = [str(tree), *(path for path in sys.path if path and Path(path).resolve() != here)]
    importlib.invalidate_caches()
    import pytest

    status = 3
    try:
        status = int(pytest.main([*OPTIONS, *arguments]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)
