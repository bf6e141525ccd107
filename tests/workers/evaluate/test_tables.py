"""A labelled file that cannot be measured is refused with what would be right; comment text is never quoted."""

import gzip
from pathlib import Path

import click
import pytest

from workers.evaluate.tables import label_of, read_rows


def _written(path: Path, text: str) -> Path:
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'text,label\n"two\nlines, and a comma",1\nplain,0\n'),
        ("a.csv.gz", '\ufefftext,label\n"two\nlines, and a comma",1\nplain,0\n'),
        ("a.tsv", 'text\tlabel\n"two\nlines, and a comma"\t1\nplain\t0\n'),
        ("a.jsonl", '{"text": "two\\nlines, and a comma", "label": 1}\n\n{"text": "plain", "label": 0}\n'),
        ("a.jsonl.gz", '{"text": "two\\nlines, and a comma", "label": 1}\n{"text": "plain", "label": 0}\n'),
    ],
)
def test_every_form_of_file_reads_alike(tmp_path: Path, name: str, text: str) -> None:
    rows = read_rows(_written(tmp_path / name, text), wanted=("text", "label"))
    assert [row["text"] for row in rows] == ["two\nlines, and a comma", "plain"]
    assert [str(row["label"]) for row in rows] == ["1", "0"]


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", "comment,toxic\nhello,0\n")
    with pytest.raises(click.UsageError, match="no column 'text'; its columns are comment, toxic"):
        read_rows(path, wanted=("text",))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.xlsx", "x", "must be a .csv, .tsv or .jsonl file"),
        ("a.csv", "", "has no rows"),
        ("a.csv", "text,label\n", "has no rows"),
        ("a.csv", "text,label\none,0,extra\n", "row 2: has more cells"),
        ("a.jsonl", '{"text": "a"}\n[1, 2]\n', "line 2: is not a JSON object"),
        ("a.jsonl", '{"text": "a"}\nprivate words\n', "line 2: is not a JSON object"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    with pytest.raises(click.UsageError, match=complaint) as refused:
        read_rows(_written(tmp_path / name, text), wanted=("text",))
    assert "private words" not in refused.value.message


def test_a_gzip_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_text("text,label\nhello,0\n")
    with pytest.raises(click.UsageError, match="cannot be read"):
        read_rows(path, wanted=("text",))


@pytest.mark.parametrize(
    ("value", "label"),
    [(1, 1), (0, 0), ("1.0", 1), (True, 1), ("false", 0), ("Yes", 1), ("no", 0), (0.5, 1), ("0.49", 0), (0.0, 0),
     (None, None), ("", None), ("null", None), (float("nan"), None)],
)  # fmt: skip
def test_labels_are_read_in_every_common_spelling(value: object, label: int | None) -> None:
    assert label_of(value, where="here", positive_at=0.5) == label


def test_a_fraction_counts_from_the_chosen_point_on() -> None:
    assert label_of("0.3", where="here", positive_at=0.3) == 1
    assert label_of("0.3", where="here", positive_at=0.31) == 0


@pytest.mark.parametrize("value", ["maybe", "2", -1, "1,0"])
def test_what_is_not_a_label_is_quoted_with_its_place(value: object) -> None:
    with pytest.raises(click.UsageError, match=r"row 7.*is not a label; must be a number from 0 to 1"):
        label_of(value, where="row 7", positive_at=0.5)


def test_a_comment_taken_for_a_label_is_not_quoted() -> None:
    with pytest.raises(click.UsageError, match="a text of 28 characters is not a label") as refused:
        label_of("my secret address is Mill St", where="row 7", positive_at=0.5)
    assert "secret" not in refused.value.message
