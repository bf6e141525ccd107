"""`python -m training.part_guess --data DIR`: fit the guess at what the compact model would score a part of a text.

Which parts of a long text are read on their own is asked of it (`workers/classifiers/toxicity/second_reading.py`): one
weight for each token of the vocabulary, fitted by ridge regression to what the model itself scores sentences of
training rows. Prints what the guess finds among sentences of validation rows, then writes the weights beside the model.
Takes five minutes on one core.
"""

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.linear_model import Ridge

from training.measure_filler import comments
from training.toxicity_rows import Row
from workers.classifiers.encoder import GUESS, Encoder
from workers.classifiers.model_files import MANIFEST, SHIPPED, sha256_of
from workers.classifiers.parts import parts_of
from workers.classifiers.toxicity.compiled import CompiledToxicity, toxicity_from
from workers.classifiers.toxicity.second_reading import CERTAIN, SUSPECT

SEED = 3
FITTED_ON, MEASURED_ON = 60_000, 9_000  # sentences, at most
ALPHA = 10.0  # of 1 to 30 on validation rows
LEAST = 0.002  # what the model scores less is as good as nothing
HELD, CLEAN = 0.51, 0.1  # scores from which a part holds the whole by default, and below which it is clean


def main() -> None:
    """Fit, print and write; the manifest lists the file with its SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    folder = SHIPPED / "compact"
    encoder = Encoder(folder)
    classifier = toxicity_from(encoder)
    rows = list(comments(chosen.data))
    random.Random(SEED).shuffle(rows)
    learnt = sentences((row for row in rows if row.split == "train"), FITTED_ON)
    print(f"scoring {len(learnt):,} sentences of training rows", flush=True)
    targets = log_odds(highest(classifier, learnt))
    fitted = Ridge(alpha=ALPHA, solver="lsqr").fit(presence(encoder, learnt), targets)
    weights = np.concatenate([[fitted.intercept_], fitted.coef_]).astype(np.float16)
    (folder / GUESS).write_bytes(weights.tobytes())
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["files"][GUESS] = sha256_of(folder / GUESS)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    report(Encoder(folder), classifier, sentences((row for row in rows if row.split == "valid"), MEASURED_ON))


def sentences(rows: Iterable[Row], most: int) -> list[str]:
    """Return parts of the rows' texts as the workers make them, `most` at most; a text without parts is one."""
    found: list[str] = []
    for row in rows:
        found += [row.text[start:end] for start, end in parts_of(row.text) or [(0, len(row.text))]]
        if len(found) >= most:
            break
    return found[:most]


def highest(classifier: CompiledToxicity, texts: Sequence[str]) -> np.ndarray:
    """Return each text's highest score."""
    return np.array([max(classifier.score(text).values()) for text in texts])


def log_odds(scores: np.ndarray) -> np.ndarray:
    """Return the log-odds of scores, none of them nearer to 0 or 1 than LEAST."""
    bounded = np.clip(scores, LEAST, 1 - LEAST)
    return np.log(bounded / (1 - bounded))


def presence(encoder: Encoder, texts: Sequence[str]) -> scipy.sparse.csr_matrix:
    """Return a row for each text: 1 for every token that it has."""
    found = [(row, token) for row, text in enumerate(texts) for token in set(encoder.tokens(text).ids)]
    rows, tokens = zip(*found, strict=True)
    return scipy.sparse.csr_matrix((np.ones(len(found), np.float32), (rows, tokens)), (len(texts), encoder.vocabulary))


def report(encoder: Encoder, classifier: CompiledToxicity, texts: Sequence[str]) -> None:
    """Print how many of the sentences that would hold a comment are suspected, and how many clean ones."""
    scores = highest(classifier, texts)
    guesses = np.array([(encoder.guesses(text, [(0, len(text))]) or [0.0])[0] for text in texts])
    for name, among in (
        (f"scored {HELD} and more", scores >= HELD),
        ("scored 0.8 and more", scores >= 0.8),
        (f"scored less than {CLEAN}", scores < CLEAN),
    ):
        shares = [f"{at_least} {(guesses[among] >= least).mean():.3f}" for at_least, least in _LEVELS]
        print(f"{name:24} {among.sum():6,} of {len(texts):,}: {', '.join(shares)}", flush=True)


_LEVELS = (("suspected", SUSPECT), ("certain", CERTAIN))


if __name__ == "__main__":
    main()
