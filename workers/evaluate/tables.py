"""Read labelled files: CSV or JSON lines, gzipped or not; say what is wrong with a file and what would be right.

Every complaint is a click.UsageError, so that the command ends with exit code 2 and one sentence. Cell values are
quoted only for labels: comment text never enters an error.
"""

import csv
import gzip
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import click

Row = dict[str, Any]
_TRUE, _FALSE = (
    frozenset({"true", "yes", "y", "t"}),
    frozenset({"false", "no", "n", "f"}),
)
LONGEST_SHOWN = 12  # characters of a cell that may be quoted: a longer one may be a comment
_EMPTY = frozenset({"", "null", "none", "nan", "na"})


def read_rows(path: Path, *, wanted: Sequence[str]) -> list[Row]:
    """Return the rows of a .csv, .tsv or .jsonl file (.gz allowed), each of which has the columns `wanted`."""
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    if kind not in ("csv", "tsv", "jsonl", "ndjson"):
        raise click.UsageError(f"{path}: must be a .csv, .tsv or .jsonl file, with or without .gz")
    try:
        with _open(path) as lines:
            rows = list(_json_lines(path, lines) if kind in ("jsonl", "ndjson") else _delimited(path, lines, kind))
    except (OSError, UnicodeDecodeError, EOFError, csv.Error) as error:
        raise click.UsageError(f"{path}: cannot be read as UTF-8 {kind} ({type(error).__name__})") from None
    if not rows:
        raise click.UsageError(f"{path}: has no rows; one labelled comment a row is needed")
    known = dict.fromkeys(column for row in rows[:1000] for column in row)
    for column in wanted:
        if column not in known:
            raise click.UsageError(f"{path}: has no column {column!r}; its columns are {', '.join(map(str, known))}")
    return rows


def label_of(value: object, *, where: str, positive_at: float) -> int | None:
    """Return 1 or 0, or None for an empty cell; a number from 0 to 1 is positive from `positive_at` on."""
    if value is None:
        return None
    text = str(value).strip().lower()
    if text in _EMPTY:
        return None
    if text in _TRUE or text in _FALSE:
        return int(text in _TRUE)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 <= number <= 1.0:
        shown = repr(value) if len(text) <= LONGEST_SHOWN else f"a text of {len(text)} characters"
        raise click.UsageError(f"{where}: {shown} is not a label; must be a number from 0 to 1, true, false or empty")
    return int(number >= positive_at)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _json_lines(path: Path, lines: IO[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise click.UsageError(f"{path}, line {number}: is not a JSON object; one object a line is needed")
        yield row


def _delimited(path: Path, lines: IO[str], kind: str) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default of 128 KiB is shorter than some comments
    for number, row in enumerate(csv.DictReader(lines, delimiter="\t" if kind == "tsv" else ","), 2):
        if None in row:
            raise click.UsageError(f"{path}, row {number}: has more cells than the header has columns")
        yield row
