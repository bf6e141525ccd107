"""Sides are decided by hash and never overlap; what a set was not asked trains nothing; small languages are heard."""

from collections import Counter
from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from training.multilingual import rows
from training.splits import text_key, text_split
from training.toxicity_rows import ATTRIBUTES


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Every file with 40 rows of its own and one sentence that all of them have."""
    (tmp_path / "multilingual").mkdir()
    for name in rows.TOXICITY:
        write(tmp_path, name, [f"{name} sentence number {number}" for number in range(40)] + ["All of us have this."])
    return tmp_path


def write(data: Path, name: str, texts: list[str], **columns: float) -> None:
    table = pd.DataFrame({"text": texts, "toxic": 0, **columns})
    table.to_csv(data / "multilingual" / f"{name}.csv.gz", index=False)


def test_no_text_is_on_two_sides(data: Path) -> None:
    sides: dict[str, set[str]] = {}
    for row in rows.read_all(data):
        sides.setdefault(text_key(row.text), set()).add(row.split)
    assert len(sides) == 40 * len(rows.TOXICITY) + 1
    assert all(len(found) == 1 for found in sides.values())


def test_the_hash_decides_except_where_somebody_set_rows_apart(data: Path) -> None:
    for row in rows.read_all(data):
        apart = row.text.startswith(rows.SET_APART) or row.text == "All of us have this."
        assert row.split == ("test" if apart else text_split(row.text))


def test_the_side_depends_neither_on_order_nor_on_what_else_is_there(data: Path) -> None:
    before = {row.text: row.split for row in rows.read_all(data)}
    write(
        data, "ru_2ch_pikabu_train", [f"ru_2ch_pikabu_train sentence number {number}" for number in range(39, -1, -2)]
    )
    after = {row.text: row.split for row in rows.read_all(data)}
    assert len(after) == len(before) - 20
    assert all(before[text] == side for text, side in after.items())


def test_attributes_that_a_set_lacks_are_unknown(data: Path) -> None:
    write(data, "ko_curse", ["one two three"], obscene=1.0)
    labels = dict(zip(ATTRIBUTES, rows.read(data, "ko_curse")[0].labels, strict=True))
    assert {name for name, value in labels.items() if not isnan(value)} == {"toxicity", "obscene"}
    assert labels["obscene"] == 1.0


def test_labels_beyond_one_are_refused(data: Path) -> None:
    write(data, "ko_curse", ["one two three"], obscene=2.0)
    with pytest.raises(ValueError, match="ko_curse"):
        rows.read(data, "ko_curse")


def test_what_only_tweets_have_is_taken_out(data: Path) -> None:
    write(data, "fr_mlma", ["RT @user: bonjour  https://t.co/x le monde |LBR| URL", "@user @url"])
    assert [row.text for row in rows.read(data, "fr_mlma")] == ["bonjour le monde"]


def test_a_set_is_named_without_its_part() -> None:
    assert rows.source_of("de_germeval2018_test") == rows.source_of("de_germeval2018_train") == "de_germeval2018"


def test_small_languages_get_more_than_their_part_and_large_ones_more_than_small_ones() -> None:
    made = [rows.Row(str(n), (), "s", language, "train") for language, n in sized({"tr": 900, "ja": 100})]
    shares = rows.shares(made)
    assert sum(shares.values()) == pytest.approx(1)
    assert 0.1 < shares["ja"] < 0.5 < shares["tr"] < 0.9
    assert Counter(row.language for row in made)["ja"] == 100


def sized(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(language, number) for language, count in counts.items() for number in range(count)]
