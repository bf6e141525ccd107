"""How well text, parent and article say who is attacked: `python -m training.measure_targets --data DIR`.

Prints the table of docs/adr/0030. Rules count words; the head is a logistic regression on the compact encoder's vectors
of the comment and of what stood around it, their nearness, the toxicity scores and the rules. Every figure is the area
under ROC of one class against the others, over five folds; comments under one article or parent share a fold.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.splits import text_key
from training.statistics import interval
from training.target_rows import TARGETS, Aimed, read
from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.toxicity.compiled import toxicity_from

FOLDS, SEED = 5, 30
STRENGTH = 0.003  # of the head: the inverse of its penalty; 0.001 to 0.03 differ by less than 0.01

_YOU = re.compile(r"\b(you|your|you're|youre|yours|yourself|u|ur|shut up|fuck off|bugger off|get a life)\b", re.I)
_PRESS = re.compile(
    r"\b(authors?|journalis\w+|reporters?|writers?|editors?|columnist|op-?ed|headline|article|clickbait|media|msm"
    r"|press|news(paper)?|cnn|wsj|fox news|hit piece|who(ever)? wrote)\b",
    re.I,
)
_ONE = re.compile(r"\b(he|she|him|his|her|hers|himself|herself|this (guy|man|woman|person))\b", re.I)
_MANY = re.compile(
    r"\b(they|them|their|these|those|people|everyone|liberals?|conservatives?|democrats?|dems|republicans?|muslims?"
    r"|jews?|jewish|christians?|blacks?|whites?|women|men|feminists?|gays?|illegals?|immigrants?|politicians?"
    r"|government|redditors?|idiots|morons|clowns|cops|sheep|thugs)\b",
    re.I,
)
Matrix = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    rows = read(parser.parse_args().data)
    targets = np.array([row.target for row in rows])
    counted = np.array([counts(row) for row in rows], dtype=np.float64)
    vectors, scores = encoded(rows)
    tried = {
        "rules": counted,
        "head on the comment": vectors[:, :384],
        "head on comment and surroundings": vectors,
        "head on everything": np.hstack([vectors, scores, counted]),
    }
    found = {name: by_folds(given, rows, targets) for name, given in tried.items()}
    # Wikipedia's comments attack the one replied to or nobody: part of what a head knows is where a comment stands.
    everywhere, under_articles = np.ones(len(rows), dtype=np.bool_), np.array([bool(row.title) for row in rows])
    print_table("everywhere", targets, counted, found, everywhere)
    print_table("under articles", targets, counted, found, under_articles)


def print_table(
    where: str, targets: NDArray[np.str_], counted: Matrix, found: dict[str, Matrix], some: NDArray[np.bool_]
) -> None:
    """Print the areas of every class among `some` of the comments, and how many are taken for what they are."""
    print(f"| {where} | read | one rule alone | " + " | ".join(found) + " |\n|" + "---|" * (3 + len(found)))
    for place, target in enumerate(TARGETS):
        positive = targets[some] == target
        tried = [own_rule(target, counted[some]), *(chances[some, place] for chances in found.values())]
        cells = [span(interval(positive, scores)) for scores in tried]
        print(f"| {target.replace('_', ' ')} | {positive.sum()} | {' | '.join(cells)} |")
    right = [(np.array(TARGETS)[chances[some].argmax(axis=1)] == targets[some]).mean() for chances in found.values()]
    print(f"| right | {some.sum()} | | {' | '.join(f'{share:.0%}' for share in right)} |\n")


def counts(row: Aimed) -> tuple[float, ...]:
    """Return how often a comment addresses, names the press, one person, many, or a name of the title; and replies."""
    names = {word.casefold() for word in re.findall(r"\b[A-Z][a-z]+\b", row.title)[1:]}
    named = len(names & {word.casefold() for word in re.findall(r"\w+", row.text)})
    found = [min(len(pattern.findall(row.text)), 3) for pattern in (_YOU, _PRESS, _ONE, _MANY)]
    return (*map(float, found), float(min(named, 3)), float(bool(row.parent)))


def own_rule(target: str, counted: Matrix) -> Matrix:
    """Return what the plain rule of one class says of each comment."""
    you, press, one, many, named, reply = counted.T
    rules: dict[str, Callable[[], Matrix]] = {
        "replied_to": lambda: you * reply,
        "journalist": lambda: press,
        "person": lambda: one + named,
        "group": lambda: many,
        "nobody": lambda: -(you + press + one + many + named),
    }
    return rules[target]()


def encoded(rows: Sequence[Aimed]) -> tuple[Matrix, Matrix]:
    """Return the vectors of comment, parent and title, and beside them nearness to both and the toxicity scores."""
    encoder = Encoder(SHIPPED / "compact")
    classifier = toxicity_from(encoder)
    vectors, scores = [], []
    for row in rows:
        encoding = encoder.encode(row.text)
        around = [encoder.embed(text) if text else np.zeros(384, np.float32) for text in (row.parent, row.title)]
        vectors.append(np.concatenate([encoding.embedding, *around]))
        near = [float(encoding.embedding @ vector) for vector in around]
        scores.append([*near, *classifier.from_encoding(encoding).values()])
    return np.array(vectors, dtype=np.float64), np.array(scores, dtype=np.float64)


def by_folds(given: Matrix, rows: Sequence[Aimed], targets: NDArray[np.str_]) -> Matrix:
    """Return the chance of each class for each comment, from a head that saw neither it nor its neighbours."""
    together = [text_key(row.title or row.parent) for row in rows]
    head = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    chances = cross_val_predict(head, given, targets, groups=together, cv=folds, method="predict_proba")
    order = [sorted(TARGETS).index(target) for target in TARGETS]
    return np.asarray(chances, dtype=np.float64)[:, order]


def span(found: dict[str, float]) -> str:
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


if __name__ == "__main__":
    main()
