"""How well the compact encoder says what is sexually explicit: `python -m training.measure_sexual --data DIR`.

A logistic regression on the embedding, measured on prompts kept aside by near-duplicates, on prompts of which it learnt
none, on our own sentences by kinds kept aside, and on natural comments of the test side that were read blind. It is not
shipped: the card of the compact model says why.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from service.moderation.insight.intervals import Share
from service.vocabulary import Attribute
from training import sexual_rows
from training.statistics import interval
from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.toxicity.compiled import toxicity_from
from workers.classifiers.windows import windows_over

STRENGTH, SCALE = 0.05, 20.0  # of the regression: the inverse of its penalty; what makes the vector's parts near one
WINDOWS, TAUGHT = 4, 2  # windows read of a long text, and those of an explicit one that are taken to be explicit
STEPS = (20, 40, 60, 80, 120)
Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Read:
    """Texts as the model sees them: a vector for each window, whose it is, and the worst `obscene` of each text."""

    vectors: Vector
    owners: NDArray[np.int64]
    explicit: Flags
    obscene: Vector

    def scores(self, head: LogisticRegression) -> Vector:
        """Return the score of each text, the highest over its windows."""
        found = np.full(len(self.explicit), -np.inf)
        np.maximum.at(found, self.owners, head.decision_function(self.vectors))
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    reader, own, prompts = _Reader(), sexual_rows.own_sentences(), sexual_rows.prompts(data)
    comments = sexual_rows.natural(data)
    clean = reader.read(sexual_rows.taken_for_clean(comments), None)
    learnt = reader.read(*_read_before("learn", comments))
    ours = reader.read([one.text for one in own], [one.explicit for one in own])
    asked = reader.read([text for text, _ in prompts], [explicit for _, explicit in prompts])
    natural = reader.read(*_read_before("measure", comments))
    alike = np.array(sexual_rows.alike([text for text, _ in prompts]))
    kinds = np.array([one.kind for one in own])
    folds = [fold for _, fold in GroupKFold(5).split(alike, groups=alike)]
    print("| measured on | texts | explicit | area | `obscene` alone |\n|---|---|---|---|---|")
    show("prompts, five folds by near-duplicates", asked, kept_aside(asked, folds, [clean, learnt, ours]))
    show("prompts, none learnt", asked, asked.scores(fit([(part, None) for part in (clean, learnt, ours)])))
    by_kind = [np.flatnonzero(kinds == kind) for kind in sorted(set(kinds))]
    show("our own sentences, each kind kept aside", ours, kept_aside(ours, by_kind, [clean, learnt, asked]))
    head = fit([(part, None) for part in (clean, learnt, ours, asked)])
    scores = natural.scores(head)
    show("natural comments, read blind", natural, scores)
    for most in STEPS:
        hits = natural.explicit[np.argsort(-scores)[:most]]
        low, high = Share(int(hits.sum()), len(hits)).interval or (0.0, 1.0)
        print(f"of the {most} natural comments with the highest scores: {hits.sum()} ({low:.2f} to {high:.2f})")


def fit(parts: Sequence[tuple[Read, Flags | None]]) -> LogisticRegression:
    """Return the regression learnt on these texts, or on those of them that are marked; unread ones count half."""
    vectors, labels, weights = [], [], []
    for part, marked in parts:
        places = np.array([n for n, owner in enumerate(part.owners) if marked is None or marked[owner]], dtype=int)
        order = np.array([int((part.owners[:n] == part.owners[n]).sum()) for n in places])
        places = places[~part.explicit[part.owners[places]] | (order < TAUGHT)]
        vectors.append(part.vectors[places])
        labels.append(part.explicit[part.owners[places]])
        weights.append(np.full(len(places), 1.0 if part.explicit.any() else 0.5))
    head = LogisticRegression(C=STRENGTH, max_iter=3000)
    return head.fit(np.vstack(vectors), np.concatenate(labels), sample_weight=np.concatenate(weights))


def kept_aside(part: Read, folds: Sequence[NDArray[np.int64]], others: Sequence[Read]) -> Vector:
    """Return the scores of texts from heads that learnt `others` and the texts of the other folds."""
    found = np.zeros(len(part.explicit))
    for fold in folds:
        marked = np.ones(len(found), dtype=np.bool_)
        marked[fold] = False
        found[fold] = part.scores(fit([*((other, None) for other in others), (part, marked)]))[fold]
    return found


def show(name: str, part: Read, scores: Vector) -> None:
    cells = [interval(part.explicit, one) for one in (scores, part.obscene)]
    areas = " | ".join(f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for one in cells)
    print(f"| {name} | {len(part.explicit)} | {part.explicit.sum()} | {areas} |", flush=True)


class _Reader:
    def __init__(self) -> None:
        self._encoder = Encoder(SHIPPED / "compact")
        self._classifier = toxicity_from(self._encoder)

    def read(self, texts: Sequence[str], explicit: Sequence[bool] | None) -> Read:
        """Encode texts window by window; without labels they are taken for clean."""
        vectors, owners, obscene = [], [], np.zeros(len(texts))
        for owner, text in enumerate(texts):
            for window in self._windows(text)[:WINDOWS]:
                encoding = self._encoder.encode(window)
                vectors.append(encoding.embedding * SCALE)
                owners.append(owner)
                score = self._classifier.from_encoding(encoding)[Attribute.OBSCENE]
                obscene[owner] = max(obscene[owner], score)
        labels = np.zeros(len(texts), np.bool_) if explicit is None else np.array(explicit, np.bool_)
        return Read(np.array(vectors, np.float64), np.array(owners), labels, obscene)

    def _windows(self, text: str) -> list[str]:
        offsets = self._encoder._tokenizer.encode(text, add_special_tokens=False).offsets
        size = self._encoder.max_tokens - 2
        if len(offsets) <= size:
            return [text]
        return [text[offsets[one.start][0] : offsets[one.end - 1][1]] for one in windows_over(len(offsets), size=size)]


def _read_before(half: str, comments: dict[str, tuple[str, str]]) -> tuple[list[str], list[bool]]:
    found = sexual_rows.readings(half)
    return [comments[key][0] for key in found], list(found.values())


if __name__ == "__main__":
    main()
