"""What one file takes from another is there, and no two modules need each other first.

Asked in a second, because a file of the tests that lost a name is otherwise the last to say so, after all that ran
before it; and a circle of modules shows only where somebody imports them in another order.
"""

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("tests", "training", "integrations", "clients")


def names_of(file: Path) -> set[str]:
    """Return what a module gives a name outside its functions."""
    found: set[str] = set()
    inside: set[ast.AST] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node not in inside:
                found.add(node.name)
            inside |= set(ast.walk(node)) - {node}
        elif node in inside:
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def missing(taking: ast.ImportFrom) -> set[str]:
    path = ROOT.joinpath(*(taking.module or "").split("."))
    if path.with_suffix(".py").exists():
        return {alias.name for alias in taking.names} - names_of(path.with_suffix(".py"))
    inside = {entry.stem for entry in path.glob("*")} if path.is_dir() else set()
    if (path / "__init__.py").exists():
        inside |= names_of(path / "__init__.py")
    return {alias.name for alias in taking.names} - inside


@pytest.mark.parametrize("room", [room for room in ROOMS if list((ROOT / room).rglob("*.py"))])
def test_every_name_that_a_file_takes_from_another_is_there(room: str) -> None:
    files = [file for file in (ROOT / room).rglob("*.py") if "node_modules" not in file.parts]
    takings = [
        (file.relative_to(ROOT), node)
        for file in files
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ImportFrom) and not node.level and str(node.module).split(".")[0] in ROOMS
    ]
    faults = [f"{file}:{node.lineno}: {', '.join(sorted(lost))}" for file, node in takings if (lost := missing(node))]
    assert not faults, "no such name where it is taken from:\n" + "\n".join(faults)


@pytest.mark.parametrize("top", ["service", "workers"])
def test_modules_can_be_imported_in_any_order(top: str) -> None:
    files = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in (ROOT / top).rglob("*.py")}
    needs = {
        module: {
            name
            for node in ast.parse(file.read_bytes()).body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            for name in (f"{node.module}.{alias.name}", str(node.module))
            if name in files
        }
        for module, file in files.items()
    }
    assert len(list(graphlib.TopologicalSorter(needs).static_order())) == len(files) > 50
