"""How much of each room the tests run, against the floors in pyproject.toml: `make coverage`, or this on its last data.

The figures are of the code that runs in the tests' own processes, on SQLite. What tests start as a process (`moderato
up`, a worker that is killed) is not measured, so rooms of such code have low floors.
"""

import json
import sys
import tempfile
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from coverage import Coverage

REPOSITORY = Path(__file__).parents[2]


@dataclass
class Room:
    """Lines and branches of a folder's own files, and how many of them the tests ran."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    @property
    def percent(self) -> tuple[float, float]:
        return _percent(self.lines_run, self.lines), _percent(self.branches_run, self.branches)


def main() -> int:
    """Print a line for each room; return how many are below their floor or have none."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    floors: dict[str, list[int]] = project["tool"]["moderato"]["floors"]
    measured = rooms()
    print(f"{'room':36} {'lines':>6} {'floor':>6}  {'branches':>8} {'floor':>6}")
    red = 0
    for name in sorted(measured.keys() | floors.keys()):
        lines, branches = measured[name].percent if name in measured else (0.0, 0.0)
        floor = floors.get(name)
        verdict = _verdict(name in measured, floor, lines, branches)
        red += bool(verdict)
        said = floor or ["-", "-"]
        print(f"{name:36} {lines:6.1f} {said[0]:>6}  {branches:8.1f} {said[1]:>6}  {verdict}".rstrip())
    return red


def rooms() -> dict[str, Room]:
    """Return what the last run with `--cov` measured, by folder."""
    found: defaultdict[str, Room] = defaultdict(Room)
    coverage = Coverage(config_file=str(REPOSITORY / "pyproject.toml"))
    coverage.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        coverage.json_report(outfile=report.name)
        files = json.loads(Path(report.name).read_text())["files"]
    for file, measured in files.items():
        room, summary = found[str(Path(file).parent)], measured["summary"]
        room.lines += summary["num_statements"]
        room.lines_run += summary["covered_lines"]
        room.branches += summary["num_branches"]
        room.branches_run += summary["covered_branches"]
    return {name: room for name, room in found.items() if room.lines}


def _verdict(is_measured: bool, floor: list[int] | None, lines: float, branches: float) -> str:
    if not is_measured:
        return "RED: there is no such room; remove its floor"
    if floor is None:
        return "RED: no floor in pyproject.toml, tool.moderato.floors"
    return "RED: below the floor" if lines < floor[0] or branches < floor[1] else ""


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


if __name__ == "__main__":
    sys.exit(main())
