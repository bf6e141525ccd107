"""A quick look while training goes on: AUC per language, and how well centred vectors find a comment's own title."""

import random
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import pairs
from training.encoder import run
from training.multilingual import related
from training.multilingual.encoder import Multilingual
from training.multilingual.rows import Row
from training.statistics import auc

TOXIC = 0.5  # of the label: from here a row counts as positive
PER_LANGUAGE, TITLES = 120, 100


class Validation:
    """Fixed rows and pairs of the validation side, tokenised once."""

    def __init__(self, data: Path, rows: list[Row], tokenizer: Tokenizer, *, per_language: int = PER_LANGUAGE) -> None:
        rng = random.Random(1)
        by_language: dict[str, list[Row]] = {}
        for row in rows:
            if row.split == "valid":
                by_language.setdefault(row.language, []).append(row)
        self._sets = {}
        for language, found in sorted(by_language.items()):
            kept = rng.sample(found, min(per_language, len(found)))
            ids = [encoding.ids for encoding in tokenizer.encode_batch_fast([row.text for row in kept])]
            self._sets[language] = (ids, np.array([row.labels[0] >= TOXIC for row in kept]))
        self._titles = {}
        for name, (comments, titles) in title_pairs(data, rng).items():
            ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(comments + titles)]
            self._titles[name] = ids

    def measure(self, model: Multilingual) -> dict[str, float]:
        """Return AUC per language, their mean outside English as `mean`, and the titles' AUC as `titles_…`."""
        found = {}
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for language, (sequences, toxic) in self._sets.items():
                found[language] = auc(toxic, run(model, sequences)[0][:, 0].numpy())
            found["mean"] = float(np.mean([value for language, value in found.items() if language != "en"]))
            for name, sequences in self._titles.items():
                found[f"titles_{name}"] = own_title(run(model, sequences)[1].numpy())
        return {name: round(value, 4) for name, value in found.items()}


def title_pairs(data: Path, rng: random.Random) -> dict[str, tuple[list[str], list[str]]]:
    """Return comments and their titles, one comment per title, of the validation side in English and Korean."""
    threads = [t for t in pairs.threads(data, "valid") if t.source != "fnc1" and t.comments]
    threads = rng.sample(threads, min(TITLES, len(threads)))
    korean = related.korean(data, "valid").drop_duplicates("title")
    korean = korean.sample(min(TITLES, len(korean)), random_state=1)
    return {
        "en": ([rng.choice(thread.comments) for thread in threads], [thread.title for thread in threads]),
        "ko": (korean["text"].tolist(), korean["title"].tolist()),
    }


def own_title(vectors: NDArray[np.float32]) -> float:
    """Return the AUC of a comment's own title against the others; comments come first, then titles in their order.

    One mean is subtracted per side: all vectors of this encoder share a direction that says nothing.
    """
    comments, titles = (centred(side) for side in np.split(vectors, 2))
    return auc(np.eye(len(comments), dtype=bool).ravel(), (comments @ titles.T).ravel())


def centred(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors with their mean subtracted, of length 1."""
    moved = vectors - vectors.mean(axis=0)
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
