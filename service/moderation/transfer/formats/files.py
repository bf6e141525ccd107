"""A file of comments as a stream, gzipped or not: bounded in memory, whatever the file holds.

A line longer than `LONGEST_LINE` is skipped; libxml2 refuses a text beyond ten million bytes by itself.
"""

import codecs
import gzip
import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from service.errors import Malformed

PART = 64 * 1024  # bytes that are read at once
LONGEST_LINE = 4 * 1024 * 1024  # bytes; an export's line holds a text of 200,000 characters at most, and its scores
HEAD = 64 * 1024  # bytes by which a format is recognised
NO_TEXT = bytes(code for code in range(32) if code not in b"\t\n\r")  # control characters, which no XML may contain
BOM = codecs.BOM_UTF8
OTHER_KINDS = {  # how files begin that people take for one of ours
    codecs.BOM_UTF16_LE: "UTF-16; save it as UTF-8", codecs.BOM_UTF16_BE: "UTF-16; save it as UTF-8",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet; unpack it, or save it as CSV", b"%PDF": "a PDF",
    b"BZh": "packed with bzip2; unpack it", b"\xfd7zXZ": "packed with xz; unpack it",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it", b"\x1f\x8b": "packed twice; unpack it once",
    b"[": "a JSON array; write each of its objects on a line of its own",
}  # fmt: skip
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)  # what a gzip file raises that was cut off


class Input:
    """An open file: `stream` yields its bytes unpacked, `position` of `size` bytes are read."""

    def __init__(self, raw: BinaryIO, size: int) -> None:
        self.raw, self.size = raw, size
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        self.stream: IO[bytes] = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw

    @property
    def position(self) -> int:
        return self.raw.tell()


@contextmanager
def opened(path: Path, /) -> Iterator[Input]:
    """Yield the open file; raise Malformed where it cannot be read."""
    try:
        if path.exists() and not path.is_file():  # a pipe cannot be read twice
            raise Malformed(f"{path} is no file.")
        with path.open("rb") as raw:
            yield Input(raw, path.stat().st_size)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise Malformed(f"{path}: {error.strerror}.") from None
    except DAMAGED:
        raise Malformed(f"{path}: the gzip file is damaged or cut off. What was read before stays.") from None


def head(path: Path, /) -> bytes:
    """Return the beginning of the file, unpacked; raise Malformed where it is no text."""
    with opened(path) as source:
        beginning = source.stream.read(HEAD).removeprefix(BOM)
    for mark, kind in OTHER_KINDS.items():
        if beginning.startswith(mark):
            raise Malformed(f"{path}: the file is {kind}.")
    if b"\x00" in beginning[:1_000] and not beginning.startswith(b"<"):  # of XML, control characters are left out
        raise Malformed(f"{path}: the file is not text: byte {beginning.index(0) + 1} is a NUL.")
    return beginning


def identity(path: Path, reading: str, /) -> str:
    """Return a hash of the file's bytes and of how it is read: the same again is the same import."""
    with opened(path) as source:
        found = hashlib.sha256(reading.encode())
        while part := source.raw.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def lines(stream: IO[bytes], /) -> Iterator[bytes | None]:
    """Yield each line with its end, which is \\n, \\r\\n or, of an old Mac, \\r; None for one that is too long."""
    rest, is_skipping = b"", False
    first = True
    while part := stream.read(PART):
        if first:
            part, first = part.removeprefix(BOM), False
        found = (rest + part).splitlines(keepends=True)
        # The last one may go on, and the line feed of a carriage return may be to come.
        rest = found.pop() if found and not found[-1].endswith(b"\n") else b""
        for line in found:
            yield None if is_skipping or len(line) > LONGEST_LINE else line
            is_skipping = False
        if len(rest) > LONGEST_LINE:
            rest, is_skipping = b"", True
    if rest or is_skipping:
        yield None if is_skipping else rest


class WithoutControls:
    """A stream of XML without control characters: WordPress exports those that editors left in a text."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        while part := self._stream.read(size):
            if kept := part.translate(None, NO_TEXT):
                return kept
        return b""


class Notes:
    """What must be remembered of a file until its end, however long it is: on disk, in a file that has no name."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect("")  # https://www.sqlite.org/inmemorydb.html#temp_db
        self._kept.execute("CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        self._kept.isolation_level = None

    def write(self, key: str, value: str = "") -> bool:
        """Note a value; return False, and keep what is there, for a key that is known."""
        return self._kept.execute("INSERT OR IGNORE INTO note VALUES (?, ?)", (_stored(key), value)).rowcount == 1

    def read(self, key: str) -> str | None:
        found = self._kept.execute("SELECT value FROM note WHERE key = ?", (_stored(key),)).fetchone()
        return found[0] if found else None


def _stored(key: str) -> str:
    return key.encode("utf-8", "replace").decode()  # without lone surrogates, which SQLite refuses
