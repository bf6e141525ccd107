"""CSV with a header: columns by our names, or by those that the operator maps to them. Other columns are ignored.

A quotation mark without its partner would swallow the rows after it, up to the next one. Such a row is wrong, and the
rows after its first line are read again by themselves. A byte that is not of the file's encoding ends the import,
because the same mistake is in every other row: nothing comes in with replaced letters.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from service.errors import Malformed
from service.moderation.text.cleaning import one_line
from service.moderation.transfer.formats.files import LONGEST_LINE, Input, lines
from service.moderation.transfer.formats.rows import NAMES, BadRow, Format, Options, Row
from service.moderation.transfer.formats.words import verdict_of

COLUMNS = (*NAMES, "status")
DELIMITERS = ",;\t"
SEPARATOR = re.compile(r"sep=([^\w\s\"]|\t)[\r\n]*", re.IGNORECASE)  # Excel's first line, which is no header
# Escapes, because `unicode_escape`, `idna` and `punycode` read them as other characters.
ASCII = rb"\u0041.xn--mnchen-3ya." + bytes(code for code in range(128) if chr(code) != "\\")
TOO_LONG = "is longer than a row may be"
Cells = dict[str, str]


def check_encoding(name: str, /) -> str:
    """Return the name of an encoding that keeps ASCII and line ends as they are; raise ValueError for any other."""
    try:
        found = codecs.lookup(name)
        keeps_ascii = ASCII.decode(name) == ASCII.decode("ascii")
    except (LookupError, UnicodeError, TypeError):  # TypeError: such as rot13, which is no encoding of text
        raise ValueError(f"{name!r} is no encoding; common ones are utf-8, cp1252 and iso-8859-15") from None
    if not keeps_ascii:
        raise ValueError(f"{name!r} cannot be read line by line; save the file as UTF-8")
    return found.name


class _Lines:
    """The lines of a file as text, which can be put back; `number` is that of the last one, counted from 1."""

    def __init__(self, source: Input, encoding: str) -> None:
        self._lines, self._encoding = enumerate(lines(source.stream), 1), encoding
        self._put_back: deque[tuple[int, str | None]] = deque()
        self.number = 0
        self.of_row: list[tuple[int, str | None]] = []  # None: a line that was too long

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        found = self._put_back.popleft() if self._put_back else self._next_of_file()
        self.number = found[0]
        self.of_row.append(found)
        return found[1] if found[1] is not None else "\n"

    def begin_row(self) -> None:
        self.of_row = []

    def put_back(self) -> None:
        """Give the lines of this row again, but for its first one."""
        self._put_back.extendleft(reversed(self.of_row[1:]))

    def _next_of_file(self) -> tuple[int, str | None]:
        number, line = next(self._lines)
        try:
            return number, None if line is None else line.decode(self._encoding)
        except UnicodeDecodeError as error:
            byte = f"byte {error.start + 1} (0x{error.object[error.start]:02x})"
            hint = "Save the file as UTF-8, or name its encoding, for example --encoding cp1252."
            raise Malformed(f"Line {number}: {byte} is not {self._encoding.upper()}. {hint}") from None


def _records(source: Input, options: Options) -> Iterator[Cells | BadRow]:
    """Yield each row by our names, or what is wrong with it."""
    text = _Lines(source, options.encoding)
    header = next(text, "")
    if named := SEPARATOR.fullmatch(header):
        header = next(text, "")
    delimiter = named[1] if named else max(DELIMITERS, key=header.count)
    csv.field_size_limit(LONGEST_LINE)
    columns = [one_line(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
    places = _places(columns, options)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        text.begin_row()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:  # a stray quotation mark, or a cell that is too long
            yield BadRow(_fault(text))
            text.put_back()
            continue
        if any(line is None for _, line in text.of_row):
            yield BadRow(TOO_LONG)
        elif any(cells[len(columns) :]):
            yield BadRow(f"has {len(cells)} cells in line {text.of_row[0][0]}, the header has {len(columns)}")
        elif cells:
            yield {name: cells[place] for name, place in places.items() if place < len(cells)}


def _places(columns: list[str], options: Options) -> dict[str, int]:
    ours = {name: options.columns.get(name, name) for name in COLUMNS}
    wanted = (*options.columns, "id", "text")
    missing = [column for name, column in ours.items() if column not in columns and name in wanted]
    if missing:
        raise Malformed(
            f"The file has no column {missing[0]!r}; its columns are {', '.join(columns)[:500]}. Map them with --map."
        )
    for column in ours.values():
        if columns.count(column) > 1:
            raise Malformed(f"The file has {columns.count(column)} columns {column!r}; rename all but one.")
    return {name: columns.index(column) for name, column in ours.items() if column in columns}


def _fault(text: _Lines) -> str:
    first, line = text.of_row[0]
    if line is None:
        return TOO_LONG
    return f"has a quotation mark in line {first} without its partner; within quotation marks write two of them"


def _row(cells: Cells | BadRow) -> Row:
    if isinstance(cells, BadRow):
        raise cells
    word = cells.get("status", "")
    verdict, is_deleted = verdict_of(word)
    body: dict[str, Any] = cells
    return Row(body=body, verdict=verdict, word=word, is_deleted=is_deleted)


FORMAT = Format(records=_records, row=_row)
HTML = Format(records=_records, row=_row, html=True)
