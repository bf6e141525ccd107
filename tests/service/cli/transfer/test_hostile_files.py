"""`moderato import` of a file that is damaged, hostile or of another kind: one sentence, and never a traceback."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main as cli
from service.models import Site
from tests.service.moderation.transfer.formats.test_formats import BOMB
from tests.support import exports

GOOD = exports.lines({"id": "1", "text": "A good row"})


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("comments.csv", "id,text\n1,x\n")
    return packed.getvalue()


COMMENT = exports.wordpress_comment(1)
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty."),
    "only a byte order mark": (b"\xef\xbb\xbf\r\n", "the file is empty."),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR,;", "the file is not text: byte 9 is a NUL."),
    "NULs": (b"\x00" * 5_000, "the file is not text: byte 1 is a NUL."),
    "a ZIP archive": (archive(), "a ZIP archive or a spreadsheet; unpack it, or save it as CSV."),
    "UTF-16": ("id,text\n1,x\n".encode("utf-16"), "the file is UTF-16; save it as UTF-8."),
    "UTF-16 without its mark": (GOOD.encode("utf-16-le"), "the file is not text: byte 2 is a NUL."),
    "a PDF": (b"%PDF-1.7\n", "the file is a PDF."),
    "an XML bomb": (exports.wordpress([COMMENT], doctype=BOMB).encode(), "declares a document type"),
    "XML that is cut off": (exports.wordpress([COMMENT]).encode()[:-300], "The XML is not well-formed at line"),
    "XML in an encoding that nobody knows": (
        exports.wordpress([COMMENT]).replace("UTF-8", "klingon").encode(), "The XML is not well-formed at line",
    ),
    "XML that nests deeply": (
        b"<rss xmlns:wp='wordpress.org/export'>" + b"<a>" * 100_000, "The XML is not well-formed at line",
    ),
    "XML of something else": (b"<html><body>No comments</body></html>", "neither of WordPress nor of Disqus."),
    "JSON lines that are cut off": ((GOOD + GOOD.replace('"1"', '"2"'))[:-9].encode(), "Row 2: is not a JSON object."),
    "JSON that nests deeply": ((GOOD + "[" * 100_000).encode(), "Row 2: is nested too deeply."),
    "a JSON array": (b'[{"id": "1", "text": "x"}]', "a JSON array; write each of its objects on a line"),
    "gzip that is cut off": (gzip.compress(exports.many(900).encode())[:-2_000], "the gzip file is damaged or cut off"),
    "gzip of gzip": (gzip.compress(gzip.compress(GOOD.encode())), "packed twice; unpack it once."),
    "CSV in Latin 1": ("id,text\n1,Grüße\n".encode("latin-1"), "Line 2: byte 5 (0xfc) is not UTF-8."),
    "CSV without our columns": (b"a,b\n1,2\n", "The file has no column 'id'; its columns are a, b."),
    "CSV with a stray quotation mark": (b'id,text\n1,"x\n2,y\n', "Row 1: has a quotation mark in line 2 without"),
}  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("name", FILES)
def test_each_ends_in_one_sentence(
    environ: dict[str, str], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    content, sentence = FILES[name]
    (tmp_path / "comments").write_bytes(content)
    done = CliRunner().invoke(cli.main, ["import", str(tmp_path / "comments")], catch_exceptions=False)
    said = [line for line in done.stderr.splitlines() if "% of the file" not in line]
    assert done.exit_code == 1
    assert len(said) == 1, said
    assert sentence in said[0]


@pytest.mark.one_database
def test_an_encoding_is_for_csv_alone(
    environ: dict[str, str], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    (tmp_path / "comments").write_text(GOOD)
    for arguments, said in ((("--encoding", "cp1252"), "--encoding is for CSV"), (("--encoding", "x"), "no encoding")):
        done = CliRunner().invoke(cli.main, ["import", str(tmp_path / "comments"), *arguments], catch_exceptions=False)
        assert (done.exit_code, said in done.stderr) == (2, True)
