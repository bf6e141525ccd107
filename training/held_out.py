"""The sets that only measure, and a list that proves which they were: `python -m training.held_out --data DIR`.

held_out.json names, per source and side, how many rows there are and the SHA-256 of their sorted keys, so that anybody
with the same data can check that nothing moved between training and the published figures. It holds no text.
"""

import argparse
import hashlib
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import pairs, toxicity_rows
from training.splits import article_split, text_key
from training.toxicity_rows import Labels, Row, by_people, read_all

LARGEST, MADLIBS = 1200, 3000
SUITE = Path(__file__).parent.parent / "tests" / "training" / "functional.jsonl"


@dataclass(frozen=True)
class HeldOut:
    """Texts never trained on; `labels` has all six where known, `groups` slices (functionality, class)."""

    texts: list[str]
    labels: list[Labels]
    groups: list[str]


def madlibs(data: Path) -> tuple[list[str], NDArray[np.bool_]]:
    """Return a fixed sample of the identity templates and which of them are toxic."""
    frame = toxicity_rows.frame(data, "wiki_unintended_bias/bias_madlibs_77k").sample(MADLIBS, random_state=7)
    return list(frame["Text"]), (frame["Label"] == "BAD").to_numpy()


def toxicity_sets(data: Path) -> dict[str, HeldOut]:
    """Return the measuring sets by name; sets above 1,200 rows are sampled with a fixed seed."""
    test = [row for row in read_all(data) if row.split == "test"]
    found = {
        "wikipedia_official_test": list(toxicity_rows.jigsaw(data, "test")),
        "wikipedia_held_out": [row for row in test if row.source in ("jigsaw", "jigsaw_binary")],
        "wikipedia_near_natural": [by_people(row) for row in test if row.source == "wiki_context"],
        "news_comments": [row for row in test if row.source == "civil_comments"],
        "tweets": [row for row in test if row.source == "davidson"],
        "forum": [row for row in test if row.source == "stormfront"],
        "fox_news": [row for row in test if row.source == "fox_news"],
        "functional": functional_suite(),
    }
    return {name: _sampled(rows) for name, rows in found.items()}


def functional_suite() -> list[Row]:
    """Our own sentences, written apart from the training patterns; label: hateful or not."""
    made = []
    for line in SUITE.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        nan = float("nan")
        labels = (float(record["hateful"]), nan, nan, nan, nan, nan)
        made.append(Row(record["text"], labels, "functional", 1.0, record["functionality"]))
    return made


def _sampled(rows: list[Row]) -> HeldOut:
    kept = rows if len(rows) <= LARGEST else random.Random(5).sample(rows, LARGEST)
    return HeldOut([row.text for row in kept], [row.labels for row in kept], [row.group for row in kept])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    keys: dict[str, list[str]] = defaultdict(list)
    for row in read_all(chosen.data):
        keys[f"toxicity/{row.source}/{row.split}"].append(text_key(row.text))
    for source in pairs.SOURCES:
        for article in pairs.lines(chosen.data / "relevance" / source / "articles.jsonl.gz"):
            side = article_split(source, article["article_id"])
            keys[f"relevance/{source}/{side}"].append(article["article_id"])
    listed = {
        name: {"count": len(found), "sha256": hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()}
        for name, found in sorted(keys.items())
    }
    Path(__file__).with_name("held_out.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
