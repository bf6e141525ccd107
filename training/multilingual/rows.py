"""Reads the multilingual sets into the shape of training/toxicity_rows.py, with the language of each row.

Sides are decided by the hash of the text (training/splits.py), except for the files that their authors set apart to
measure on: their rows, and the same texts wherever they turn up, are on the test side. A set says only what its
annotators were asked; every other attribute is NaN and trains nothing. What they call toxic differs so much that each
set gets leanings of its own (training/compact.py) and each language its own calibration.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from training.splits import Split, text_key, text_split
from training.toxicity_rows import ATTRIBUTES

TOXICITY = (
    "ar_mlma",
    "de_germeval2018_train",
    "de_germeval2018_test",
    "es_offendes",
    "fr_mlma",
    "ja_small",
    "ko_curse",
    "ko_kocohub_news_train",
    "ko_kocohub_news_dev",
    "pt_told_br",
    "pt_tupy_hate",
    "ru_2ch_pikabu_train",
    "tr_lingda_train",
    "tr_lingda_valid",
    "tr_lingda_test",
    "zh_cold_train",
    "zh_cold_dev",
)
SET_APART = ("de_germeval2018_test", "tr_lingda_test", "ko_kocohub_news_dev", "zh_cold_dev")
PARTS = ("_train", "_test", "_valid", "_dev")
COLUMNS = {"toxicity": "toxic"}  # where the file's name for an attribute differs from ours
WEIGHTS = {"pt_tupy_hate": 0.5, "ar_mlma": 0.5, "fr_mlma": 0.5}  # hate alone, or noisy
NOISE = r"(?i)^rt\b\s*:?|@[\w.:…]+|<user>|https?://\S+|\bURL\b|\|LBR\|"  # marks of tweets, which reveal the set
SHARE_EXPONENT = 0.3


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text: six labels in the order of ATTRIBUTES (NaN where unknown), its set, language and side."""

    text: str
    labels: tuple[float, ...]
    source: str
    language: str
    split: Split
    weight: float = 1.0


def read_all(data: Path) -> list[Row]:
    """Return every labelled row outside English, each text once; `data` is the folder that holds multilingual/."""
    found: dict[str, Row] = {}
    for name in (*SET_APART, *(name for name in TOXICITY if name not in SET_APART)):
        for row in read(data, name):
            found.setdefault(text_key(row.text), row)
    return list(found.values())


def read(data: Path, name: str) -> list[Row]:
    """Return the rows of one file; ValueError where a label lies outside 0 to 1."""
    table = pd.read_csv(data / "multilingual" / f"{name}.csv.gz")
    texts = table["text"].fillna("").astype(str).str.replace(NOISE, " ", regex=True).str.split().str.join(" ")
    table, texts = table[texts != ""], texts[texts != ""]
    columns = [COLUMNS.get(attribute, attribute) for attribute in ATTRIBUTES]
    labels = table.reindex(columns=columns).astype(float)
    if ((labels < 0) | (labels > 1)).any(axis=None):
        raise ValueError(f"{name}: labels must lie between 0 and 1")
    apart, language, weight = name in SET_APART, name[:2], WEIGHTS.get(source_of(name), 1.0)
    return [
        Row(text, tuple(values), source_of(name), language, "test" if apart else text_split(text), weight)
        for text, values in zip(texts, labels.to_numpy().tolist(), strict=True)
    ]


@cache
def source_of(name: str) -> str:
    """Return the set's name: its file's without the part."""
    for part in PARTS:
        name = name.removesuffix(part)
    return name


SOURCES = tuple(dict.fromkeys(source_of(name) for name in TOXICITY))


def shares(rows: list[Row]) -> dict[str, float]:
    """Return each language's share of the draws: its number of rows to the power of 0.3, adding up to 1.

    Between taking rows as they come (Turkish alone a third) and languages equally (437 Japanese rows fifty times).
    """
    counts = Counter(row.language for row in rows)
    total = sum(count**SHARE_EXPONENT for count in counts.values())
    return {language: count**SHARE_EXPONENT / total for language, count in sorted(counts.items())}
