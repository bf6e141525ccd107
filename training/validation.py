"""A quick look while training goes on: AUC per set on the validation side, and how well the embedding finds articles.

Chooses nothing that is published as a result: figures for the card come from training/measure.py on the test side.
"""

import random
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from training import contrasts, pairs
from training.encoder import TRAINED_TOKENS, Compact, load_tokenizer, run
from training.toxicity_rows import Row, read_all


class Validation:
    """Fixed validation rows and pairs, tokenised once.

    With 250 rows a set it shows that a run is going well; to choose between two models, take 1,200 (their AUC moves by
    0.02 between the two samples).
    """

    def __init__(self, data: Path, *, per_set: int = 250) -> None:
        rng = random.Random(1)
        tokenizer = load_tokenizer(TRAINED_TOKENS)
        self._sets: dict[str, tuple[list[list[int]], list[bool]]] = {}
        by_source: dict[str, list[Row]] = {"contrasts": contrasts.rows(rng, patterns="valid")}
        for row in read_all(data):
            if row.split == "valid":
                by_source.setdefault({"jigsaw_binary": "jigsaw"}.get(row.source, row.source), []).append(row)
        for source, rows in by_source.items():
            if source in ("toxic_spans", "wiki_context"):
                continue
            kept = rng.sample(rows, min(per_set, len(rows)))
            ids = [encoding.ids for encoding in tokenizer.encode_batch_fast([row.text for row in kept])]
            self._sets[source] = (ids, [row.labels[0] >= 0.5 for row in kept])
        threads = [thread for thread in pairs.threads(data, "valid") if thread.source != "fnc1" and thread.comments]
        chosen = rng.sample(threads, min(250, len(threads)))
        texts = [rng.choice(thread.comments) for thread in chosen] + [thread.title for thread in chosen]
        sources = np.array([thread.source for thread in chosen])
        self._alike = sources[:, None] == sources[None, :]
        self._pairs = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]

    def measure(self, model: Compact) -> dict[str, float]:
        """Return AUC per set and `titles`: AUC of cosine, own article's title against all others of its source."""
        found = {}
        for source, (sequences, toxic) in self._sets.items():
            logits, _ = run(model, sequences)
            found[source] = round(float(roc_auc_score(toxic, logits[:, 0].numpy())), 4)
        _, embeddings = run(model, self._pairs)
        comments, titles = embeddings.chunk(2)
        cosine = (comments @ titles.T).numpy()
        own = np.eye(len(cosine), dtype=bool)
        found["titles"] = round(float(roc_auc_score(own[self._alike], cosine[self._alike])), 4)
        return found
