"""Tables as CSV that a spreadsheet opens without running anything in it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

# A cell that begins with one of these is a formula to some spreadsheet; the full-width ones to East Asian editions.
FORMULA = re.compile(r"^[ ]*[=+\-@\t\r\n＝＋－＠]")
# Where a spreadsheet splits at semicolons or tabs, as in much of Europe, a cell of ours becomes several of its own.
LATER_FORMULA = re.compile(r"([;\t\r\n][ ]*)(?=[=+\-@＝＋－＠])")


def csv_answer(filename: str, head: Sequence[str], rows: Iterable[Sequence[object]], /) -> Response:
    """Return the table as a download; UTF-8 with a byte order mark, since Excel guesses otherwise."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return Response(
        "\ufeff" + out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


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
