"""`tests/service` and `tests/workers` mirror the tree, so that the test of a rule is found where the rule is."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MIRRORED = ("service", "workers")


@pytest.mark.parametrize("top", MIRRORED)
def test_each_folder_of_tests_has_its_counterpart(top: str) -> None:
    folders = {path.parent.relative_to(REPOSITORY / "tests") for path in (REPOSITORY / "tests" / top).rglob("*.py")}
    assert len(folders) > 1
    assert sorted(str(folder) for folder in folders if not (REPOSITORY / folder / "__init__.py").exists()) == []


def test_other_tests_are_in_folders_of_their_own_kind() -> None:
    tops = {path.relative_to(REPOSITORY / "tests").parts[0] for path in (REPOSITORY / "tests").rglob("test_*.py")}
    assert tops <= {*MIRRORED, "clients", "integrations", "faults", "journeys", "project", "training"}
