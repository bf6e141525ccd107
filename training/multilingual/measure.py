"""Figures of an exported model: `python -m training.multilingual.measure --data DIR --model DIR [--side test]`.

Per language and per set the AUC of toxicity with its 95 % interval, our own functional sentences, how well centred
vectors find a comment's own title, milliseconds a comment on one thread, and megabytes. `--side valid` chooses between
models; `--side test` is for the card, once.
"""

import argparse
import json
import random
import statistics as averages
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from training.default_policy import share_held
from training.engine import Graph
from training.multilingual import encoder, functional, rows
from training.multilingual.export import MAX_TOKENS
from training.multilingual.rows import Row
from training.multilingual.validation import TOXIC, own_title, title_pairs
from training.statistics import interval
from workers.classifiers import facade

PER_SET, TIMED = 1200, 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--side", choices=("valid", "test"), default="valid")
    parser.add_argument("--per-set", type=int, default=PER_SET, help="rows of a set at most; the sample is fixed")
    given = parser.parse_args()
    found = [row for row in rows.read_all(given.data) if row.split == given.side]
    print(json.dumps(measured(found, given.data, given.model, per_set=given.per_set), indent=1))


def measured(found: list[Row], data: Path, model: Path, *, per_set: int) -> dict[str, Any]:
    """Return every figure; only the first 128 tokens of a text are read."""
    graph, tokenizer = Graph(model / "model.onnx"), encoder.load_tokenizer(model, MAX_TOKENS)
    kept = sampled(found, lambda row: row.source, per_set)
    sequences = [encoding.ids for encoding in tokenizer.encode_batch_fast([row.text for row in kept])]
    timed = random.Random(3).sample(sequences, min(TIMED, len(sequences)))
    logits = graph.all(sequences)[0][:, 0]
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    suite = functional.sentences()
    of_suite = graph.all([e.ids for e in tokenizer.encode_batch_fast([one.text for one in suite])])[0][:, 0]
    titles = {
        name: own_title(graph.all([e.ids for e in tokenizer.encode_batch_fast(comments + above)])[1])
        for name, (comments, above) in title_pairs(data, random.Random(1)).items()
    }
    return {
        "languages": grouped(kept, logits, lambda row: row.language),
        "sets": grouped(kept, logits, lambda row: row.source),
        "functional": functional.figures(suite, of_suite),
        "held_at_default": held_at_default(kept, manifest["by_language"]),
        "own_title": {name: round(value, 4) for name, value in titles.items()},
        "speed": speed(graph, timed),
        "megabytes": round((model / "model.onnx").stat().st_size / 1e6, 1),
    }


def sampled(found: list[Row], group: Callable[[Row], str], most: int) -> list[Row]:
    """Return at most `most` rows of each group, always the same."""
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(group(row), []).append(row)
    drawn = (random.Random(5).sample(members, min(most, len(members))) for _, members in sorted(groups.items()))
    return [row for members in drawn for row in members]


def grouped(found: list[Row], logits: np.ndarray, group: Callable[[Row], str]) -> dict[str, dict[str, float]]:
    """Return AUC with interval, rows and positives of each group that has both kinds."""
    toxic = np.array([row.labels[0] >= TOXIC for row in found])
    names = np.array([group(row) for row in found])
    figures = {}
    for name in sorted(set(names.tolist())):
        here = names == name
        if 0 < toxic[here].sum() < here.sum():
            counts = {"rows": int(here.sum()), "positives": int(toxic[here].sum())}
            figures[name] = {**interval(toxic[here], logits[here]), **counts}
    return figures


def held_at_default(found: list[Row], codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return of each judged language which shares of its toxic and its clean rows a new site's policy holds for scores.

    The shipped models read them, as workers do.
    """
    classifiers = facade.load()
    known = classifiers.others.languages if classifiers.others else frozenset()
    shares: dict[str, dict[str, Any]] = {}
    for code in sorted(known.intersection(codes)):
        texts: dict[str, list[str]] = {"toxic": [], "clean": []}
        for row in found:
            if row.language == code:
                texts["toxic" if row.labels[0] >= TOXIC else "clean"].append(row.text)
        shares[code] = {kind: share_held(classifiers, some, code).as_record() for kind, some in texts.items()}
    return shares


def speed(graph: Graph, sequences: list[list[int]]) -> dict[str, float]:
    """Return the processor's and the clock's milliseconds a comment, one at a time on one thread."""
    processor, clock = [], []
    for sequence in sequences:
        before = time.process_time(), time.perf_counter()
        graph.one(sequence)
        processor.append(1000 * (time.process_time() - before[0]))
        clock.append(1000 * (time.perf_counter() - before[1]))
    return {
        "processor_ms": round(averages.median(processor), 2),
        "clock_ms": round(averages.median(clock), 2),
        "tokens": averages.median(map(len, sequences)),
    }


if __name__ == "__main__":
    main()
