"""docs/operators/reliability.md names a test for each of the 34 windows; each of them exists, under that name."""

import ast
import re

import pytest

from tests.support.services import REPOSITORY

PAGE = (REPOSITORY / "docs/operators/reliability.md").read_text()
WINDOWS = re.findall(r"^\| (W\d+) \| .* \| ([^|]+) \|$", PAGE, flags=re.MULTILINE)
# `folder/test_file.py: name_of_a_test` or `...: name[case]`; names without `test_`, cut with `...` or not.
NAMED = re.compile(r"`((?:\w+/)+test_\w+\.py)(?:: (\w+)(\.\.\.)?(?:\[(\w+)\])?)?`")


def test_every_window_has_its_line() -> None:
    assert [window for window, _ in WINDOWS] == [f"W{number}" for number in range(1, 35)]


@pytest.mark.parametrize(("window", "shown_by"), WINDOWS)
def test_every_window_names_a_test_that_there_is(window: str, shown_by: str) -> None:
    named = NAMED.findall(shown_by)
    assert named, f"{window}: no test is named"
    assert "*" not in shown_by, f"{window}: the window itself is to be shown"
    for path, name, cut, case in named:
        source = (REPOSITORY / "tests" / path).read_text()
        tests = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
        if name:
            wanted = f"test_{name}"
            assert any(test.startswith(wanted) if cut else test == wanted for test in tests), f"{window}: {name}"
        assert not case or case in source, f"{window}: no case {case}"


def test_every_file_of_the_programme_exists() -> None:
    for path in re.findall(r"`(tests/[\w/]+\.py)`", PAGE):
        assert (REPOSITORY / path).exists(), path
