"""No row of any format comes in with another time or another text than the file has."""

from pathlib import Path

import pytest

from service.moderation.transfer.formats import delimited, formats
from service.moderation.transfer.formats.rows import Format
from service.moderation.webhooks.field_maps import LONGEST_TEXT
from tests.service.moderation.transfer.formats.test_formats import read
from tests.support import exports

TIME = "2026-07-20T12:08:08Z"
FILES = {  # the first comment that is not deleted has `TIME`
    "csv": f"id,text,created_at\n1,Good,{TIME}\n2,Good,\n",
    "jsonl": exports.lines({"id": "1", "text": "Good", "created_at": TIME}, {"id": "2", "text": "Good"}),
    "wordpress": exports.wordpress([exports.wordpress_comment(1, date_gmt=TIME), exports.wordpress_comment(2)]),
    "disqus": exports.DISQUS.replace("2026-08-31T15:16:29Z", TIME),
    "coral": exports.CORAL.replace("2026-07-20T12:08:08.000Z", TIME),
    "remark42": exports.REMARK42.replace("2026-07-20T15:18:22-06:00", TIME),
}


@pytest.mark.parametrize(
    "time", ["31.12.2025 10:00", "2025-02-30T10:00:00Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"]
)
@pytest.mark.parametrize("name", FILES)
def test_a_time_that_cannot_be_read_is_a_bad_row_in_every_format(tmp_path: Path, name: str, time: str) -> None:
    good = read(tmp_path / "good", FILES[name], formats.FORMATS[name])
    found = read(tmp_path / "file", FILES[name].replace(TIME, time), formats.FORMATS[name])
    number, sentence = found.wrong[0]
    assert number == 1
    assert sentence.startswith("created_at: ")
    assert name == "jsonl" or sentence.endswith("must be a time from 1970 to 2200, such as 2025-12-31T10:00:00Z")
    assert 0 < len(found.arrivals) < len(good.arrivals)


@pytest.mark.parametrize("time", ["", "  "])
def test_a_comment_without_a_time_comes_in(tmp_path: Path, time: str) -> None:
    (one,) = read(tmp_path / "a.csv", f"id,text,created_at\n1,Good,{time}\n").arrivals
    assert one.mapped.created_at is None


@pytest.mark.parametrize("kind", [delimited.FORMAT, delimited.HTML])
def test_a_text_that_is_too_long_is_a_bad_row_and_not_cut(tmp_path: Path, kind: Format) -> None:
    rows = "".join(f"{length},{'x' * length}\n" for length in (LONGEST_TEXT, LONGEST_TEXT + 1, 300_000))
    found = read(tmp_path / "a.csv", f"id,text\n{rows}", kind)
    assert [len(one.mapped.text) for one in found.arrivals] == [LONGEST_TEXT]
    assert found.wrong == [(number, "text: must have at most 200,000 characters") for number in (2, 3)]
