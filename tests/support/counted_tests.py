"""A pytest plugin: coverage counts the tests of rooms, not what runs for a browser or another process.

What a module runs when it is imported counts too, whichever test would have been the first to import it: all are
imported before the first test.
"""

import importlib
import pkgutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import service
import workers

TESTS = Path(__file__).parents[1]
RUN = "service.migrations."  # by Alembic, and not to be imported
NOT_COUNTED = ("clients", "faults", "integrations", "journeys", "project")  # for the coverage of rooms


def pytest_collection_finish(session: pytest.Session) -> None:
    if _coverage(session.config) is None:
        return
    for top in (service, workers):
        for module in pkgutil.walk_packages(top.__path__, f"{top.__name__}."):
            if not module.name.startswith(RUN) and not module.name.endswith(".__main__"):
                importlib.import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    coverage = _coverage(item.config)
    if coverage is None or _is_counted(item):
        return (yield)
    coverage.pause()
    try:
        return (yield)
    finally:
        coverage.resume()


def _coverage(config: pytest.Config) -> Any:
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


def _is_counted(item: pytest.Item) -> bool:
    """Whether coverage counts what the test runs, which makes it half as slow again.

    Not what is for a browser or another process; nor on PostgreSQL what was counted on SQLite.
    """
    if item.path.relative_to(TESTS).parts[0] in NOT_COUNTED or "browser" in getattr(item, "fixturenames", ()):
        return False
    return "postgresql" not in getattr(getattr(item, "callspec", None), "params", {}).values()
