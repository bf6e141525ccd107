"""`python -m training.part_guess --data DIR`: fit the guess at what the compact model would score a part of a text.

Which parts of a long text are read on their own is asked of it (`workers/classifiers/toxicity/second_reading.py`): one
weight for each token of the vocabulary, fitted by ridge regression to what the model itself scores sentences of
training rows. Writes the weights beside the model, then prints what the guess finds among sentences of validation rows
and of the functional suite. Takes five minutes on one core.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.linear_model import Ridge

from training.splits import Split
from training.toxicity_rows import (
    Row,
    civil_comments,
    davidson,
    fox_news,
    jigsaw,
    jigsaw_binary,
    stormfront,
    toxic_spans,
    wiki_context,
)
from workers.classifiers.encoder import GUESS, Encoder
from workers.classifiers.model_files import MANIFEST, SHIPPED, sha256_of
from workers.classifiers.parts import parts_of
from workers.classifiers.toxicity.compiled import CompiledToxicity, toxicity_from
from workers.classifiers.toxicity.second_reading import CERTAIN, SUSPECT

SEED = 3
# Sentences of each source at most, to fit and to measure. Four of them alone made a guess that missed threats and
# insults without a rude word elsewhere: it suspected 0.957 of the suite's.
FITTED_ON: dict[Callable[[Path], Iterable[Row]], int] = {
    jigsaw: 18_000, jigsaw_binary: 9_000, civil_comments: 14_000, fox_news: 3_000, stormfront: 8_000,
    davidson: 12_000, toxic_spans: 5_000, wiki_context: 6_000,
}  # fmt: skip
MEASURED_ON = 3_000
SUITE = Path(__file__).parents[1] / "tests" / "training" / "functional.jsonl"
ALPHA = 20.0  # of 5 to 40
TOXIC_COUNTS = 2.0  # and a clean sentence 1: to miss one costs more than to read one in vain
LEAST = 0.002  # what the model scores less is as good as nothing
# Scores from which a sentence counts as toxic, from which a part holds the whole by default, and below which it is
# clean.
TOXIC, HELD, CLEAN = 0.3, 0.4, 0.1
LEVELS = (("suspected", SUSPECT), ("certain", CERTAIN))


def main() -> None:
    """Fit, print and write; the manifest lists the file with its SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    folder = SHIPPED / "compact"
    encoder = Encoder(folder)
    classifier = toxicity_from(encoder)
    learnt = sentences_of("train", chosen.data, FITTED_ON)
    print(f"scoring {len(learnt):,} sentences of training rows", flush=True)
    scores = highest(classifier, learnt)
    counts = np.where(scores >= TOXIC, TOXIC_COUNTS, 1.0)
    fitted = Ridge(alpha=ALPHA, solver="lsqr").fit(presence(encoder, learnt), log_odds(scores), sample_weight=counts)
    weights = np.concatenate([[fitted.intercept_], fitted.coef_]).astype(np.float16)
    (folder / GUESS).write_bytes(weights.tobytes())
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["files"][GUESS] = sha256_of(folder / GUESS)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    encoder = Encoder(folder)
    for source in FITTED_ON:
        found = sentences_of("valid", chosen.data, {source: MEASURED_ON})
        report(f"validation rows of {source.__name__}", encoder, classifier, found)
    suite = [json.loads(line)["text"] for line in SUITE.read_text("utf-8").splitlines()]
    report("functional suite", encoder, classifier, suite)


def sentences_of(side: Split, data: Path, sources: Mapping[Callable[[Path], Iterable[Row]], int]) -> list[str]:
    """Return sentences of one side of some sources, of each so many at most, from rows in random order."""
    found: list[str] = []
    for source, most in sources.items():
        rows = [row for row in source(data) if row.split == side]
        random.Random(SEED).shuffle(rows)
        found += sentences(rows, most)
    return found


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


def report(name: str, encoder: Encoder, classifier: CompiledToxicity, texts: Sequence[str]) -> None:
    """Print how many of the sentences that would hold a comment are suspected, and how many clean ones."""
    scores = highest(classifier, texts)
    guesses = np.array([(encoder.guesses(text, [(0, len(text))]) or [0.0])[0] for text in texts])
    for which, among in ((f"{HELD} and more", scores >= HELD), (f"less than {CLEAN}", scores < CLEAN)):
        shares = [f"{level} {(guesses[among] >= least).mean():.3f}" for level, least in LEVELS]
        print(f"{name:34} scored {which:14} {among.sum():5,}: {', '.join(shares)}", flush=True)


if __name__ == "__main__":
    main()
