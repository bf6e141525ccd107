"""How well the words shown to moderators match those that people marked: `python -m training.measure_spans --data DIR`.

Character F1 as in SemEval-2021 Task 5 (mean over posts; a post without marks counts 1 where nothing is shown), on the
trial part, which nothing was fitted on. `--fit N` prints the weights for workers/classifiers/explain.py from N posts of
the train part.
"""

import argparse
import ast
import csv
import gzip
import json
import random
from pathlib import Path

from service.vocabulary import Attribute
from workers.classifiers import facade
from workers.classifiers.explain import Evidence, explain, word_evidence
from workers.classifiers.facade import LoadedClassifiers
from workers.classifiers.model_files import SHIPPED

SEED = 20261122
Post = tuple[str, frozenset[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=SHIPPED)
    parser.add_argument("--limit", type=int, default=690, help="posts to measure on")
    parser.add_argument("--fit", type=int, metavar="N", help="fit on N posts of the train part instead")
    chosen = parser.parse_args()
    classifiers = facade.load(models_dir=chosen.models)
    if chosen.fit:
        print(json.dumps(fit(classifiers, posts(chosen.data, "train", limit=chosen.fit)), indent=1))
    else:
        print(json.dumps(measure(classifiers, posts(chosen.data, "trial", limit=chosen.limit)), indent=1))


def posts(data: Path, part: str, *, limit: int) -> list[Post]:
    """Return posts with their marked characters, in an order that depends on the seed alone."""
    path = data / "toxicity" / "toxic_spans_semeval2021" / f"{part}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [(row["text"], frozenset(ast.literal_eval(row["spans"]))) for row in csv.DictReader(file)]
    random.Random(SEED).shuffle(rows)
    return rows[:limit]


def measure(classifiers: LoadedClassifiers, measured: list[Post]) -> dict[str, float]:
    """Return mean character F1 over all posts, over marked posts, and over posts that score 0.5 and more."""
    every, marked, flagged = [], [], []
    for text, gold in measured:
        spans = explain(text, [Attribute.TOXICITY], classifiers.toxicity.score)
        value = f1({place for span in spans for place in range(span.start, span.end)}, gold)
        every.append(value)
        if gold:
            marked.append(value)
        if classifiers.toxicity.score(text)[Attribute.TOXICITY] >= 0.5:
            flagged.append(value)
    parts = {"f1": every, "f1_marked": marked, "f1_flagged": flagged}
    return {"posts": len(every)} | {name: round(sum(values) / len(values), 4) for name, values in parts.items()}


def f1(shown: set[int], gold: frozenset[int]) -> float:
    """Return the F1 of two sets of characters; 1 where both are empty."""
    if not shown or not gold:
        return float(not shown and not gold)
    return 2 * len(shown & gold) / (len(shown) + len(gold))


def fit(classifiers: LoadedClassifiers, fitted: list[Post]) -> dict[str, float]:
    """Return the bias and the weights of a logistic regression on whether a word is marked."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for text, gold in fitted:
        for (start, end), evidence in word_evidence(text, Attribute.TOXICITY, classifiers.toxicity.score):
            rows.append(evidence)
            labels.append(2 * len(gold & set(range(start, end))) > end - start)
    values = np.array(rows)
    scale = values.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1_000).fit(values / scale, labels)
    weights = dict(zip(Evidence._fields, (model.coef_[0] / scale).round(3).tolist(), strict=True))
    return {"bias": round(float(model.intercept_[0]), 3), **weights}


if __name__ == "__main__":
    main()
