"""`python -m training.part_guess --data DIR`: fit the guess at what the compact model would score a part of a text.

Which parts of a text are read on their own is asked of it (`workers/classifiers/toxicity/second_reading.py`): a small
convolution over vectors of the tokens, which begin as the model's own, fitted to what the model itself scores parts of
training rows (`training/part_texts.py`). Writes it beside the model, then prints what it finds among sentences of
validation rows and of the functional suite. Takes half an hour on two cores.
"""

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

from training.part_texts import made_of, parts_to_fit, sources_of
from workers.classifiers.encoder import Encoder
from workers.classifiers.guess import FILE
from workers.classifiers.model_files import MANIFEST, SHIPPED, sha256_of
from workers.classifiers.toxicity.compiled import CompiledToxicity, toxicity_from
from workers.classifiers.toxicity.second_reading import CERTAIN, SUSPECT

SEED = 3
FOLDER = SHIPPED / "compact"
NUMBERS, FEATURES, NEXT_TO_EACH_OTHER = 48, 128, 5  # of a token; of a part; tokens that a feature looks at
AGAINST = 1.5  # what all features that speak against a high score take off at most
EPOCHS, BATCH, LONGEST = 8, 256, 128
RATE = 4e-3
# A part that scores high counts twice, and eight times where the guess is too low: to miss one costs more than to read
# one in vain. Log-odds.
COUNTS_FROM, HIGH_FROM, TOO_LOW = -0.85, -0.6, 4.0
LEAST = 0.002  # what the model scores less is as good as nothing
# Scores from which a part holds the whole by default, below which it is clean, and below which it is kind.
HELD, CLEAN, KIND = 0.4, 0.1, 0.03
MEASURED_ON = 3_000
SUITE = Path(__file__).parents[1] / "tests" / "training" / "functional.jsonl"
LEVELS = (("suspected", SUSPECT), ("certain", CERTAIN))
WORDS = "classifier.bert.embeddings.word_embeddings"  # of `model.onnx`: codes and a scale for each token

Scores = npt.NDArray[np.float64]
_classifier: CompiledToxicity | None = None


class Network(nn.Module):
    """Log-odds from tokens, as `workers.classifiers.guess.Guess` computes them."""

    def __init__(self, known: torch.Tensor) -> None:
        """`known`: the model's vectors of V tokens, and a row of zeros for none."""
        super().__init__()
        self.none = len(known) - 1
        self.register_buffer("known", known)
        self.map = nn.Linear(known.shape[1], NUMBERS, bias=False)
        self.own = nn.Embedding(len(known), NUMBERS, padding_idx=self.none)  # what a token differs by from the map
        nn.init.zeros_(self.own.weight)
        self.features = nn.Conv1d(NUMBERS, FEATURES, NEXT_TO_EACH_OTHER, padding=NEXT_TO_EACH_OTHER // 2)
        self.speaks = nn.Linear(FEATURES, 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return a guess for each row of token numbers."""
        vectors = functional.embedding(ids, self.known) @ self.map.weight.T + self.own(ids)  # type: ignore[arg-type]
        vectors = functional.dropout(vectors, 0.1, self.training)
        found = functional.relu(self.features(vectors.transpose(1, 2))) * (ids != self.none)[:, None]
        clearest = functional.dropout(found.amax(2), 0.1, self.training)
        weights = self.speaks.weight[0]
        speaks_for, against = clearest @ functional.relu(weights), clearest @ functional.relu(-weights)
        return self.speaks.bias + speaks_for - AGAINST * torch.tanh(against / AGAINST)


def main() -> None:
    """Fit, print and write; the manifest lists the file with its SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    learnt = parts_to_fit(chosen.data)
    scores = highest(learnt, chosen.workers)
    made = made_of(learnt, scores.tolist(), chosen.data, toxic=HELD, clean=KIND)
    network = fitted([*learnt, *made], np.concatenate([scores, highest(made, chosen.workers)]))
    write(network)
    manifest = json.loads((FOLDER / MANIFEST).read_text("utf-8"))
    manifest["files"][FILE] = sha256_of(FOLDER / FILE)
    (FOLDER / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    for source, found in sources_of("valid", chosen.data, MEASURED_ON).items():
        report(f"validation rows of {source}", found, chosen.workers)
    report(
        "functional suite",
        [json.loads(line)["text"] for line in SUITE.read_text("utf-8").splitlines()],
        chosen.workers,
    )


def highest(texts: Sequence[str], workers: int) -> Scores:
    """Return what the model scores each text at most."""
    began, found = time.monotonic(), []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, score in enumerate(pool.map(_highest, texts, chunksize=500), start=1):
            found.append(score)
            if number % 20_000 == 0:
                print(f"scored {number:,} of {len(texts):,} in {time.monotonic() - began:.0f} s", flush=True)
    return np.array(found)


def _highest(text: str) -> float:
    global _classifier
    _classifier = _classifier or toxicity_from(Encoder(FOLDER))
    return max(_classifier.score(text).values())


def fitted(texts: Sequence[str], scores: Scores) -> Network:
    """Return the network that guesses the log-odds of `scores`."""
    torch.manual_seed(SEED)
    encoder, order = Encoder(FOLDER), np.random.default_rng(SEED)
    ids = [encoder.tokens(text).ids[:LONGEST] for text in texts]
    wanted = torch.tensor(log_odds(scores), dtype=torch.float32)
    usable = [number for number, tokens in enumerate(ids) if tokens]
    network = Network(known_vectors())
    of_tokens = {"params": network.own.parameters(), "weight_decay": 0.1}
    others = [network.map.weight, *network.features.parameters(), *network.speaks.parameters()]
    optimiser = torch.optim.AdamW([{"params": others}, of_tokens], lr=RATE)
    steps = EPOCHS * -(-len(usable) // BATCH) + EPOCHS * -(-len(usable) // (16 * BATCH))
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, [RATE, RATE / 2], total_steps=steps)
    batch_of = partial(_padded, none=network.none)
    for epoch in range(EPOCHS):
        began, losses = time.monotonic(), []
        for batch in _batches(order.permutation(usable), ids, order):
            guess, wish = network(batch_of([ids[number] for number in batch])), wanted[batch]
            weight = torch.where(wish > COUNTS_FROM, 2.0, 1.0)
            weight = weight * torch.where((wish > HIGH_FROM) & (guess < wish), TOO_LOW, 1.0)
            loss = (weight * functional.smooth_l1_loss(guess, wish, reduction="none")).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.monotonic() - began:.0f} s", flush=True)
    return network.eval()


def _batches(numbers: npt.NDArray[Any], ids: Sequence[Sequence[int]], order: np.random.Generator) -> list[list[int]]:
    """Return batches of texts of similar length, in random order."""
    found = []
    for first in range(0, len(numbers), 16 * BATCH):
        some = sorted(numbers[first : first + 16 * BATCH].tolist(), key=lambda number: len(ids[number]))
        found += [some[at : at + BATCH] for at in range(0, len(some), BATCH)]
    return [found[at] for at in order.permutation(len(found))]


def _padded(rows: Sequence[Sequence[int]], *, none: int) -> torch.Tensor:
    width = max(NEXT_TO_EACH_OTHER, *map(len, rows))
    return torch.tensor([[*row, *[none] * (width - len(row))] for row in rows])


def known_vectors() -> torch.Tensor:
    """Return the model's own vectors of its tokens, scaled together, and zeros for no token."""
    stored = {tensor.name: tensor for tensor in onnx.load(FOLDER / "model.onnx").graph.initializer}
    codes = numpy_helper.to_array(stored[f"{WORDS}.codes"]).astype(np.float32)
    vectors = codes * numpy_helper.to_array(stored[f"{WORDS}.scale"])
    vectors = (vectors - vectors.mean(axis=0)) / vectors.std()
    return torch.tensor(np.concatenate([vectors, np.zeros_like(vectors[:1])]))


def write(network: Network) -> None:
    """Write what `Guess.load` reads; the vectors of the tokens as bytes."""
    with torch.no_grad():
        known: torch.Tensor = network.known  # type: ignore[assignment]
        vectors = (known @ network.map.weight.T + network.own.weight)[:-1].numpy()
        looks = network.features.weight.permute(2, 1, 0).reshape(-1, FEATURES).numpy()
        scale = np.abs(vectors).max(axis=0) / 127
        np.savez_compressed(
            FOLDER / FILE,
            vectors=np.round(vectors / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            features=looks.astype(np.float32),
            shifts=network.features.bias.numpy(),  # type: ignore[union-attr]
            speaks=network.speaks.weight[0].numpy(),
            begins=np.float32(network.speaks.bias.item()),
            against=np.float32(AGAINST),
        )


def log_odds(scores: Scores) -> Scores:
    """Return the log-odds of scores, none of them nearer to 0 or 1 than LEAST."""
    bounded = np.clip(scores, LEAST, 1 - LEAST)
    return np.log(bounded / (1 - bounded))


def report(name: str, texts: Sequence[str], workers: int) -> None:
    """Print how many of the sentences that would hold a comment are suspected, and how many clean ones."""
    encoder, scores = Encoder(FOLDER), highest(texts, workers)
    guesses = np.array([(encoder.guesses(text, [(0, len(text))]) or [0.0])[0] for text in texts])
    for which, among in ((f"{HELD} and more", scores >= HELD), (f"less than {CLEAN}", scores < CLEAN)):
        shares = [f"{level} {(guesses[among] >= least).mean():.3f}" for level, least in LEVELS]
        print(f"{name:34} scored {which:14} {among.sum():5,}: {', '.join(shares)}", flush=True)


if __name__ == "__main__":
    main()
