"""A pytest plugin: the files that take longest begin first."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# The files that take longest, for `make test` runs whole files three at a time: one begun last would run alone. Written
# by hand, because a fresh clone has measured nothing yet; each run prints its ten slowest.
LONGEST_FIRST = (
    "faults/test_nasty_values.py",
    "journeys/test_faults_kill_loop.py",
    "service/console/test_axe.py",
    "project/test_readme.py",
    "service/console/review/test_queue_plans.py",
    "service/console/review/test_queue_speed.py",
    "faults/test_rolling_upgrade.py",
    "integrations/form/test_outcomes.py",
    "service/console/review/test_browser_review.py",
    "service/api/compat/test_clients.py",
    "faults/test_the_state_machine.py",
    "service/api/test_sites_see_only_their_own.py",
    "faults/test_dependencies.py",
    "faults/test_databases.py",
    "integrations/form/test_looks.py",
    "faults/test_canary.py",
    "service/machine/test_up.py",
    "workers/test_delivery.py",
    "faults/test_full_disk_of_postgres.py",
    "integrations/wordpress/test_wordpress.py",
    "service/console/insight/test_dashboard_browser.py",
    "service/console/test_hostile_text.py",
    "faults/test_crash_points.py",
    "service/console/review/test_browser_mishaps.py",
    "journeys/test_spine.py",
    "journeys/test_newspaper.py",
    "faults/test_fairness.py",
    "service/console/review/test_browser_wellness.py",
    "service/machine/test_supervisor.py",
    "faults/test_upgrade.py",
    "workers/evaluate/test_evaluate.py",
    "service/api/test_schemathesis.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
