"""CSV: no row comes in with wrong letters, with its end cut off or with the rows after it."""

import io
from pathlib import Path

import pytest

from service.errors import Malformed
from service.moderation.transfer.formats import delimited, files
from tests.service.moderation.transfer.formats.test_formats import read

UMLAUTS = "id,text\r\n1,Good\r\n2,Grüße “aus” München\r\n"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_a_file_is_read_in_the_encoding_that_the_operator_names(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path / "a.csv", UMLAUTS.encode(encoding), encoding=encoding)
    assert [one.mapped.text for one in found.arrivals] == ["Good", "Grüße “aus” München"]


def test_a_byte_of_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"Line 3: byte 5 \(0xfc\) is not UTF-8\. .* --encoding cp1252"):
        read(tmp_path / "a.csv", UMLAUTS.encode("cp1252"))
    with pytest.raises(Malformed, match=r"Line 3: byte 5 \(0x81\) is not CP1252"):
        read(tmp_path / "b.csv", b"id,text\n1,Good\n2,Gr\x81\n", encoding="cp1252")


NOT_OF_LINES = ["utf-16", "utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode"]


@pytest.mark.parametrize("name", ["rot13", "klingon", "base64", *NOT_OF_LINES])
def test_what_is_no_encoding_of_lines_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no encoding|cannot be read line by line"):
        delimited.check_encoding(name)


@pytest.mark.parametrize(
    "name", ["cp1252", "iso-8859-15", "utf-8-sig", "shift_jis", "gb18030", "big5", "euc-kr", "koi8-r"]
)
def test_every_common_encoding_of_files_is_taken(name: str) -> None:
    assert delimited.check_encoding(name)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_line_end_is_read_and_a_byte_order_mark_is_skipped(tmp_path: Path, end: str, mark: str) -> None:
    rows = ['"id","text"', "1,One", f'2,"Two{end}lines"', "3,Three"]
    found = read(tmp_path / "a.csv", mark + end.join(rows))
    assert [(one.mapped.id, one.mapped.text) for one in found.arrivals] == [
        ("1", "One"), ("2", "Two\nlines"), ("3", "Three"),
    ]  # fmt: skip


def test_line_ends_are_found_wherever_a_part_of_the_file_ends() -> None:
    content = b"\xef\xbb\xbf" + b"".join(b"%d\r\n" % number for number in range(30_000)) + b"last"
    found = list(files.lines(io.BytesIO(content)))
    assert b"".join(line or b"" for line in found) == content[3:]
    assert (len(found), {line[-2:] for line in found[:-1] if line}) == (30_001, {b"\r\n"})


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_excels_first_line_names_the_delimiter(tmp_path: Path, mark: str, end: str) -> None:
    rows = [f"sep={mark}", f"id{mark}text{mark}a,b,c;d;e", f"1{mark}Good", f'2{mark}"Op', f"3{mark}Next"]
    found = read(tmp_path / "a.csv", end.join(rows))
    assert [(one.mapped.id, one.mapped.text) for one in found.arrivals] == [("1", "Good"), ("3", "Next")]
    assert found.wrong[0][1].startswith("has a quotation mark in line 4 ")


def test_a_column_whose_name_is_read_may_not_come_twice(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"The file has 2 columns 'text'; rename all but one\."):
        read(tmp_path / "a.csv", "id,text,text\n1,x,y\n")
    with pytest.raises(Malformed, match=r"The file has 2 columns 'Body'; rename all but one\."):
        read(tmp_path / "b.csv", "id,Body,Body\n1,x,y\n", columns={"text": "Body"})
    found = read(tmp_path / "c.csv", "id,text,likes,likes,,\n1,x,5,6,,\n")
    assert [one.mapped.text for one in found.arrivals] == ["x"]


STRAY = [
    ('1,Good\n2,"Open\n3,Next\n4,"Quoted, too"\n5,Last\n', 3, ["1", "3", "4", "5"]),
    ('1,Good\n2,"Open\n3,Next\n', 3, ["1", "3"]),
    ('1,Good\n2,"Two"" marks" and more\n3,Next\n', 3, ["1", "3"]),
    ('1,"Over\ntwo lines"\n2,"Open\n3,Next\n', 4, ["1", "3"]),
]


@pytest.mark.parametrize(("rows", "line", "read_in"), STRAY)
def test_a_stray_quotation_mark_is_named_with_its_line_and_swallows_no_row(
    tmp_path: Path, rows: str, line: int, read_in: list[str]
) -> None:
    found = read(tmp_path / "a.csv", f"id,text\n{rows}")
    assert [one.mapped.id for one in found.arrivals] == read_in
    ((number, sentence),) = found.wrong
    assert number == 2
    assert sentence.startswith(f"has a quotation mark in line {line} without its partner")


def test_a_row_with_more_cells_than_the_header_is_wrong_because_its_text_is_cut_off(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "id,text\n1,Fish, and chips\n2,Good,,\n3\n")
    assert [one.mapped.id for one in found.arrivals] == ["2"]
    assert found.wrong == [(1, "has 3 cells in line 2, the header has 2"), (3, "has no text")]
