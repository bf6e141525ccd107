"""Reads the toxicity sets into one shape: a text, six soft labels (NaN where the set does not say) and a source.

The sets disagree about what toxic means; the mappings below are where that is settled. Excluded everywhere: Jigsaw's
official test part, the SemEval trial part (by text, in whatever set it turns up) and the identity madlibs.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from training.splits import Split, article_split, text_key, text_split

ATTRIBUTES = ("toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat")
JIGSAW_COLUMNS = ("toxic", "severe_toxic", "obscene", "identity_hate", "insult", "threat")
Labels = tuple[float, float, float, float, float, float]
CLEAN: Labels = (0.0,) * 6
PERSPECTIVE_SHARE = 0.35  # of the label where a row carries Perspective's score too


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; `weight` scales its loss, `group` names a slice inside the source."""

    text: str
    labels: Labels
    source: str
    weight: float = 1.0
    group: str = field(default="")

    @property
    def split(self) -> Split:
        return text_split(self.text)


def read_all(data: Path) -> list[Row]:
    """Return every usable row, each text once (the first set that has it wins), test-only texts dropped."""
    forbidden = {text_key(text) for text in test_only_texts(data)}
    rows: dict[str, Row] = {}
    for reader in (jigsaw, jigsaw_binary, civil_comments, toxic_spans, stormfront, fox_news, davidson, wiki_context):
        for row in reader(data):
            key = text_key(row.text)
            if key not in forbidden:
                rows.setdefault(key, row)
    return list(rows.values())


def test_only_texts(data: Path) -> Iterator[str]:
    """Yield the texts of the sets that measure and never train."""
    yield from frame(data, "jigsaw2018_sample/test")["comment_text"]
    yield from frame(data, "toxic_spans_semeval2021/trial")["text"]
    yield from frame(data, "wiki_unintended_bias/bias_madlibs_77k")["Text"]
    civil = frame(data, "civil_comments_toxicspans_annot/all")
    yield from civil["comment_text"][(civil["in_noisyhate"] == 1) | civil["tsd_split"].isin(["trial", "test"])]


def jigsaw(data: Path, part: str = "train") -> Iterator[Row]:
    """Wikipedia talk with Jigsaw's six labels; `group` tells the natural-prevalence rows from the enriched ones."""
    for record in _records(frame(data, f"jigsaw2018_sample/{part}")):
        labels = tuple(float(record[column]) for column in JIGSAW_COLUMNS)
        yield Row(record["comment_text"], labels, "jigsaw", 1.0, "natural" if record["natural"] == 1 else "enriched")  # type: ignore[arg-type]


def jigsaw_binary(data: Path) -> Iterator[Row]:
    """The files that know only toxic or not: clean rows are clean in all six, toxic ones unknown in the other five."""
    extra = frame(data, "jigsaw2018_sample/train_extra_lowercase").rename(columns={"text": "comment_text"})
    negatives = frame(data, "jigsaw2018_train_negatives/train_negatives")
    for record in _records(pd.concat([extra, negatives])):
        yield Row(record["comment_text"], _toxic_only(float(record["toxic"])), "jigsaw_binary")


def civil_comments(data: Path) -> Iterator[Row]:
    """News-site comments: shares of annotators, who were not asked about severity."""
    for record in _records(frame(data, "civil_comments_toxicspans_annot/all")):
        obscene, identity, insult, threat = (
            float(record[f"frac_{name}"]) for name in ("obscene", "identity_attack", "insult", "threat")
        )
        labels = (float(record["frac_toxic"]), nan, obscene, identity, insult, threat)
        yield Row(record["comment_text"], labels, "civil_comments")


def toxic_spans(data: Path) -> Iterator[Row]:
    """The few texts that the annotated file lacks: a marked span means toxic by majority, none means leaning so."""
    for record in _records(frame(data, "toxic_spans_semeval2021/train")):
        yield Row(record["text"], (0.85 if record["has_span"] else 0.4, *(nan,) * 5), "toxic_spans", 0.5)


def stormfront(data: Path) -> Iterator[Row]:
    """Forum sentences labelled for hate without much swearing; a sentence out of its context is not certain."""
    for record in _records(frame(data, "stormfront_hate/train")):
        hate = record["label"] == "hate"
        labels = (0.92, nan, 0.05, 0.9, nan, nan) if hate else (0.04, 0.0, 0.02, 0.03, 0.03, 0.01)
        yield Row(record["text"], labels, "stormfront")


def fox_news(data: Path) -> Iterator[Row]:
    """News-site comments labelled hateful or not; an article held out for relevance is held out here too."""
    with gzip.open(data / "relevance" / "fox_news" / "comments.jsonl.gz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if article_split("fox_news", record["article_id"]) == "train" and record["text"].strip():
                hateful = record["hateful"] == 1
                labels = (0.85, nan, nan, 0.75, nan, nan) if hateful else (0.12, nan, nan, 0.04, nan, nan)
                yield Row(record["text"], labels, "fox_news")


def davidson(data: Path) -> Iterator[Row]:
    """Tweets counted by annotator as hate, offensive or neither: offensive is rude, hate is aimed at a group."""
    for record in _records(frame(data, "davidson2017_tweets/all")):
        hate, offensive = record["hate_speech"] / record["count"], record["offensive_language"] / record["count"]
        clean = hate + offensive == 0
        labels = CLEAN if clean else (min(1.0, hate + offensive), nan, nan, hate, nan, nan)
        group = ("hate", "offensive", "neither")[int(record["class"])]
        yield Row(record["tweet"], labels, "davidson", 1.0, group)


def wiki_context(data: Path) -> Iterator[Row]:
    """Wikipedia talk nearly as it comes; clean rows are kept, toxic ones know nothing beyond toxicity.

    The annotators were stricter than Jigsaw's and the set carries Perspective's score: a third of it is mixed into the
    label, so that rows which the two judge apart pull gently instead of falsely.
    """
    for name in ("cat_large_no_context", "cat_large_with_context"):
        for record in _records(frame(data, f"wiki_context_toxicity/{name}")):
            disputed = record["label"] == 0 and record["api"] > 0.6
            toxic = (1 - PERSPECTIVE_SHARE) * float(record["label"]) + PERSPECTIVE_SHARE * float(record["api"])
            others = (nan,) * 5 if record["label"] or disputed else (0.0,) * 5
            yield Row(record["text"], (toxic, *others), "wiki_context", 1.0, "disputed" if disputed else "natural")


def by_people(row: Row) -> Row:
    """Return the row with its toxicity as people labelled it, Perspective's share taken out; others unchanged."""
    if row.source != "wiki_context":
        return row
    return replace(row, labels=(float(row.labels[0] >= 0.5), *row.labels[1:]))


def _toxic_only(toxic: float) -> Labels:
    return CLEAN if toxic == 0 else (toxic, *(nan,) * 5)


def frame(data: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(data / "toxicity" / f"{name}.csv.gz")


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    text = next(column for column in ("comment_text", "text", "tweet") if column in table)
    kept = table[table[text].notna() & (table[text].astype(str).str.strip() != "")]
    yield from kept.to_dict("records")  # type: ignore[misc]
