"""How often decided comments that are like a held one had the same outcome: `python -m training.precedents --data DIR`.

Each comment of a set is looked at as if it were held and the others were decided before, by the code that a worker
runs (`workers.precedents.shelf`). The outcome is what moderators did (r/neutralnews), or what the set's label says. Of
sets whose labels the encoder was trained on, only texts that it never saw (training/splits.py) are taken.
"""

import argparse
import csv
import gzip
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from service.moderation.review.precedents import agreement
from service.vocabulary import CommentStatus
from training.splits import text_key, text_split
from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import SHIPPED
from workers.precedents.finding import MOST, NEAREST
from workers.precedents.shelf import Shelf

FLOORS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
ASKED = 2_000  # comments looked at in each set
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[str, bool]  # the text, and whether it was rejected


def neutralnews(data: Path) -> Iterator[Row]:
    """Comments that moderators removed, approved or let be."""
    for row in _json(data / "relevance/neutralnews_modlog/comments.jsonl.gz"):
        yield row["text"], bool(row["removed"])


def youtube(data: Path) -> Iterator[Row]:
    """Comments under five videos, spam or not."""
    for row in _json(data / "relevance/youtube_spam/comments.jsonl.gz"):
        yield row["text"], bool(row["label_spam"])


def civil(data: Path) -> Iterator[Row]:
    """News comments that at least half of the annotators call toxic, or fewer."""
    with gzip.open(data / "toxicity/civil_comments_toxicspans_annot/all.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            if text_split(row["comment_text"]) != "train":
                yield row["comment_text"], float(row["frac_toxic"]) >= 0.5


SETS = {"neutralnews": neutralnews, "youtube": youtube, "civil": civil}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.precedents", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    encoder = Encoder(SHIPPED / "compact")
    print("| set | like from | comments with such | same outcome, of three | by chance | note shown | note right |")
    print("|---" * 7 + "|")
    for name, read in SETS.items():
        rows = list({text_key(text): (text, rejected) for text, rejected in read(given.data) if text.strip()}.values())
        random.Random(28).shuffle(rows)
        rows = rows[:MOST]
        vectors = [encoder.embed(text).astype(np.float16).tobytes() for text, _ in rows]
        _measure(name, [rejected for _, rejected in rows], vectors)


def _measure(name: str, rejected: list[bool], vectors: list[bytes]) -> None:
    shelf = Shelf(len(vectors[0]) // 2, most=MOST)
    outcomes = [CommentStatus.REJECTED if is_rejected else CommentStatus.APPROVED for is_rejected in rejected]
    for number, vector in enumerate(vectors):
        shelf.put(str(number), vector, digest=str(number), outcome=outcomes[number], decided_at=WHEN)
    share = sum(rejected) / len(rejected)
    for floor in FLOORS:
        alike, same, neighbours, shown, right = 0, 0, 0, 0, 0
        asked = range(min(ASKED, len(vectors)))
        for number in asked:
            found = shelf.nearest(vectors[number], but=str(number), most=NEAREST, floor=floor)
            near = [int(one.comment_id) for one in found]
            alike += bool(near)
            same += sum(rejected[other] is rejected[number] for other in near[:3])
            neighbours += len(near[:3])
            said = agreement([outcomes[other] for other in near])
            shown += said is not None
            right += said is not None and said.status is outcomes[number]
        chance = share**2 + (1 - share) ** 2
        cells = [
            name, f"{floor:.2f}", f"{alike / len(asked):.0%}", f"{same / max(1, neighbours):.0%} of {neighbours:,}",
            f"{chance:.0%}", f"{shown / len(asked):.0%}", f"{right / max(1, shown):.0%} of {shown:,}",
        ]  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


def _json(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    main()
