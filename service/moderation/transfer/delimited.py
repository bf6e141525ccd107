"""CSV with a header: columns by our names, or by those that the operator maps to them. Other columns are ignored."""

import csv
from collections.abc import Iterator
from typing import Any

from service.errors import Malformed
from service.moderation.text.cleaning import one_line
from service.moderation.transfer.files import LONGEST_LINE, Input, lines
from service.moderation.transfer.rows import NAMES, BadRow, Format, Options, Row
from service.moderation.transfer.words import verdict_of

COLUMNS = (*NAMES, "status")
DELIMITERS = ",;\t"


def _records(source: Input, options: Options) -> Iterator[dict[str, str] | None]:
    """Yield each row by our names; None for one that cannot be read."""
    skipped: list[int] = []  # lines of the row that is being read that were too long
    text = _text(source, skipped)
    header = next(text, "")
    delimiter = max(DELIMITERS, key=header.count)
    columns = [one_line(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
    ours = {name: options.columns.get(name, name) for name in COLUMNS}
    wanted = (*options.columns, "id", "text")
    missing = [column for name, column in ours.items() if column not in columns and name in wanted]
    if missing:
        raise Malformed(
            f"The file has no column {missing[0]!r}; its columns are {', '.join(columns)[:500]}. Map them with --map."
        )
    places = {name: columns.index(column) for name, column in ours.items() if column in columns}
    csv.field_size_limit(LONGEST_LINE)
    rows = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:  # a cell that is too long, such as one without an end
            cells = []
            skipped.append(1)
        if skipped:
            skipped.clear()
            yield None
        elif cells:
            yield {name: cells[place] for name, place in places.items() if place < len(cells)}


def _text(source: Input, skipped: list[int]) -> Iterator[str]:
    for line in lines(source.stream):
        if line is None:
            skipped.append(1)
        yield (line or b"\n").decode("utf-8", "replace")


def _row(cells: dict[str, str] | None) -> Row:
    if cells is None:
        raise BadRow("is longer than a row may be")
    word = cells.get("status", "")
    verdict, is_deleted = verdict_of(word)
    body: dict[str, Any] = cells
    return Row(body=body, verdict=verdict, word=word, is_deleted=is_deleted)


FORMAT = Format(records=_records, row=_row)
HTML = Format(records=_records, row=_row, html=True)
