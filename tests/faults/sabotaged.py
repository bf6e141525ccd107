"""A copy of the tree in which one mechanism after the other is switched off, and what the tests there say."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.faults import warm_pytest

REPOSITORY = Path(__file__).parents[2]
COPIED = ("service", "workers", "integrations", "clients", "docs", "tests", "pyproject.toml", "openapi.json")
MODELS = Path("workers/models")  # large, and never sabotaged
COMPILER, GENERATOR = Path("clients/typescript/node_modules"), Path("build/generator")  # likewise
IGNORED = shutil.ignore_patterns("__pycache__", ".*", MODELS.name, COMPILER.name)


@dataclass(frozen=True)
class Sabotage:
    """One mechanism, how to switch it off, and the test that must notice.

    `also` are further changes (file, code, instead), for what is guarded twice. `database` is the one that notices.
    """

    name: str
    file: str
    code: str
    instead: str
    test: str
    also: tuple[tuple[str, str, str], ...] = ()
    database: str = "sqlite"

    @property
    def changes(self) -> tuple[tuple[str, str, str], ...]:
        return ((self.file, self.code, self.instead), *self.also)


class CouldNotRun(Exception):
    """Tests neither passed nor failed."""


def make_copy(folder: Path) -> None:
    """Copy what the tests need."""
    for name in COPIED:
        place = REPOSITORY / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=IGNORED)
        else:
            shutil.copy(place, folder / name)
    shutil.copytree(REPOSITORY / "service/models", folder / "service/models", dirs_exist_ok=True)
    (folder / GENERATOR.parent).mkdir()
    for large in (MODELS, COMPILER, GENERATOR):
        (folder / large).symlink_to(REPOSITORY / large)


def attempt(copy: Path, sabotage: Sabotage) -> str:
    """Return "noticed" when the test, which passes on the code as it is, fails on the sabotaged copy; else what was
    wrong."""
    try:
        for file, code, instead in sabotage.changes:
            source = (copy / file).read_text()
            if (times := source.count(code)) != 1:
                return f"code found {times} times"
            (copy / file).write_text(source.replace(code, instead))
        return "noticed" if failing(copy, sabotage.test, database=sabotage.database, first=True) else "NOT NOTICED"
    except CouldNotRun as error:
        print(error)
        return "COULD NOT BE RUN"  # a test that cannot be imported says nothing about the mechanism
    finally:
        for file, _, _ in sabotage.changes:
            shutil.copy(REPOSITORY / file, copy / file)


def failing(tree: Path, *tests: str, database: str, first: bool = False) -> set[str]:
    """Return which of `tests` fail in `tree`, on that database alone; with `first`, stop at the first failure.

    Raise CouldNotRun where they were not collected or were interrupted.
    """
    arguments = ["-q", "-rfE", "--timeout=300", "-p", "no:cacheprovider", "--tb=line"]
    arguments += ["--sqlite-only"] if database == "sqlite" else ["-k", database]
    arguments += ["-x"] if first else []
    output = tree / "said.txt"
    status = warm_pytest.run(tree, [*arguments, *tests], output, seconds=3_600)
    said = output.read_text(errors="replace")
    if status not in (0, 1):  # neither passed nor failed: not collected, interrupted, ...
        raise CouldNotRun(f"{tests} could not be run ({status}):\n{said[-3000:]}")
    red = [line.split()[1] for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    assert bool(red) == bool(status), said[-3000:]
    return {test for test in tests if any(one == test or one.startswith(f"{test}[") for one in red)}
