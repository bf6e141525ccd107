"""Our own functional sentences in thirteen languages: what is hateful, and what only looks like it.

Twelve sentences a language, of the same meaning in each, written for this and trained on by nothing: half of them are
insults, threats and hate, half quote, name or sound like them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.statistics import auc, interval

SUITE = Path(__file__).with_suffix(".jsonl")


@dataclass(frozen=True)
class Sentence:
    """One sentence, its language and whether it is hateful."""

    text: str
    language: str
    is_hateful: bool


def sentences() -> list[Sentence]:
    """Return all sentences, by language."""
    lines = [json.loads(line) for line in SUITE.read_text(encoding="utf-8").splitlines()]
    return [Sentence(one["text"], one["language"], one["hateful"] == 1) for one in lines]


def figures(suite: list[Sentence], logits: np.ndarray) -> dict[str, Any]:
    """Return the AUC of each language (twelve sentences: no interval), their mean, and the AUC of all together."""
    names, hateful = np.array([one.language for one in suite]), np.array([one.is_hateful for one in suite])
    each = {name: round(auc(hateful[names == name], logits[names == name]), 3) for name in sorted(set(names.tolist()))}
    return {"languages": each, "mean": round(float(np.mean(list(each.values()))), 3), "all": interval(hateful, logits)}
