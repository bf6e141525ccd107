"""A pytest plugin: coverage counts the tests of rooms, not what runs for a browser or another process."""

from collections.abc import Generator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NOT_COUNTED = ("clients", "faults", "integrations", "journeys", "project")  # for the coverage of rooms


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    coverage = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if coverage is None or _is_counted(item):
        return (yield)
    coverage.pause()
    try:
        return (yield)
    finally:
        coverage.resume()


def _is_counted(item: pytest.Item) -> bool:
    """Whether coverage counts what the test runs, which makes it half as slow again.

    Not what is for a browser or another process; nor on PostgreSQL what was counted on SQLite.
    """
    if item.path.relative_to(TESTS).parts[0] in NOT_COUNTED or "browser" in getattr(item, "fixturenames", ()):
        return False
    return "postgresql" not in getattr(getattr(item, "callspec", None), "params", {}).values()
