"""Every sabotage finds the code that it switches off and the test that must notice.

`make sabotage` tries them all and takes long; this takes a second, so it runs with every test.
"""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

from tests.faults.sabotage import SABOTAGES
from tests.faults.sabotaged import REPOSITORY, Sabotage

LISTS = sorted(Path(REPOSITORY / "tests/faults").glob("sabotages_of_*.py"))


def test_every_list_of_sabotages_is_run() -> None:
    listed = {
        sabotage
        for path in LISTS
        for value in vars(importlib.import_module(f"tests.faults.{path.stem}")).values()
        if isinstance(value, tuple)
        for sabotage in value
        if isinstance(sabotage, Sabotage)
    }
    assert listed == set(SABOTAGES)


def test_every_sabotage_has_a_name_of_its_own() -> None:
    assert len({sabotage.name for sabotage in SABOTAGES}) == len(SABOTAGES)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_a_sabotage_finds_its_code_exactly_once_and_changes_it(sabotage: Sabotage) -> None:
    for file, code, instead in sabotage.changes:
        assert (REPOSITORY / file).read_text().count(code) == 1, f"{file}: {code}"
        assert code != instead


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_the_test_that_must_notice_exists(sabotage: Sabotage) -> None:
    file, _, name = sabotage.test.partition("::")
    assert name.partition("[")[0] in _tests_of(REPOSITORY / file)


@cache
def _tests_of(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
