"""The English rows and what the compact model says about them: `python -m training.multilingual.teacher`.

Their labels are half people's and half the compact model's, which also fills in the attributes that a set does not
have. So the new model's scores mean in English what the shipped ones mean, and the other languages are tied to them.
"""

import argparse
import random
from pathlib import Path

import numpy as np

from training import toxicity_rows
from training.encoder import load_tokenizer
from training.engine import Graph
from training.multilingual import rows
from training.splits import text_key

COMPACT = Path(__file__).parents[2] / "workers" / "models" / "compact" / "model.onnx"
ROWS, SEED, TOKENS = 32_000, 20261129, 128
ALL_OF = ("civil_comments", "stormfront")  # news comments, and hate without swearing: the rest is sampled
PEOPLE = 0.5  # weight of people's label where there is one
TAUGHT = "english.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    drawn = sampled(toxicity_rows.read_all(chosen.data), count=ROWS)
    tokenizer, graph = load_tokenizer(TOKENS), Graph(COMPACT)
    logits = [graph.one(encoding.ids)[0] for encoding in tokenizer.encode_batch_fast([row.text for row in drawn])]
    keys = np.array([text_key(row.text) for row in drawn])
    np.savez(chosen.out / TAUGHT, keys=keys, scores=1 / (1 + np.exp(-np.stack(logits))))


def sampled(found: list[toxicity_rows.Row], *, count: int) -> list[toxicity_rows.Row]:
    """Return at most `count` rows of the train and valid sides: all news comments, a fixed sample of the others."""
    usable = [row for row in found if row.split != "test"]
    first = [row for row in usable if row.source in ALL_OF]
    others = [row for row in usable if row.source not in ALL_OF]
    return first + random.Random(SEED).sample(others, min(len(others), max(0, count - len(first))))


def read_all(data: Path, out: Path) -> list[rows.Row]:
    """Return the English rows that main() scored, their labels mixed with the compact model's."""
    kept = np.load(out / TAUGHT)
    scores = dict(zip(kept["keys"].tolist(), kept["scores"].tolist(), strict=True))
    return [
        rows.Row(row.text, mixed(row.labels, scores[key]), row.source, "en", row.split, row.weight)
        for row in toxicity_rows.read_all(data)
        if (key := text_key(row.text)) in scores
    ]


def mixed(people: tuple[float, ...], taught: list[float]) -> tuple[float, ...]:
    """Return labels that are half people's; where people were not asked, the model's alone."""
    return tuple(
        model if np.isnan(own) else PEOPLE * own + (1 - PEOPLE) * model
        for own, model in zip(people, taught, strict=True)
    )


if __name__ == "__main__":
    main()
