"""Tables as CSV that a spreadsheet opens without running anything in it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

KIND = "text/csv; charset=utf-8"
# A cell that begins with one of these is a formula to some spreadsheet; the full-width ones to East Asian editions.
FORMULA = re.compile(r"^[ ]*[=+\-@\t\r\n＝＋－＠]")
# Where a spreadsheet splits at semicolons or tabs, as in much of Europe, a cell of ours becomes several of its own.
LATER_FORMULA = re.compile(r"([;\t\r\n][ ]*)(?=[=+\-@＝＋－＠])")


def csv_stream(filename: str, head: Sequence[str], rows: Iterable[Sequence[object]], /) -> Response:
    """Return a long table as a download that is written while it is read."""

    def lines() -> Iterator[str]:
        yield "\ufeff" + _line(head)
        for row in rows:
            yield _line([cell(value) for value in row])

    return Response(lines(), content_type=KIND, headers=_as_file(filename))


def csv_answer(filename: str, head: Sequence[str], rows: Iterable[Sequence[object]], /) -> Response:
    """Return the table as a download; UTF-8 with a byte order mark, since Excel guesses otherwise."""
    body = "".join([_line(head), *(_line([cell(value) for value in row]) for row in rows)])
    return Response("\ufeff" + body, content_type=KIND, headers=_as_file(filename))


def cell(value: object, /) -> object:
    """Return the value so that no spreadsheet takes it for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 4)
    text = LATER_FORMULA.sub(r"\1'", str(value))
    return f"'{text}" if FORMULA.match(text) or text != str(value) else text


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _as_file(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}
