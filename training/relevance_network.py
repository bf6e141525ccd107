"""Fit the small network of the off-topic head with torch, and give back plain arrays.

Several networks from different seeds are fitted and laid side by side as one: their logits are averaged, which makes
the score smoother than any of them. A logistic regression counts as much as all of them together: it is the
better of the two on sources that were not fitted on.

Fitted mostly on moved comments, both lean on length and manner: a short comment is as short under any article, so what
it is about counts little for it. Among comments that really digressed, many are short. NEARNESS makes up for it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from workers.classifiers.relevance.features import FEATURES

NEARNESS = 1.0  # logits more per standard deviation of `contrast` than the fit gives (docs/adr/0012)
HIDDEN, MEMBERS, EPOCHS, BATCH, RATE, DECAY = 32, 4, 10, 512, 2e-3, 2e-3


@dataclass(frozen=True)
class Network:
    """Standardisation and layers as workers.classifiers.relevance.head computes them."""

    middle: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    straight: np.ndarray

    def logits(self, rows: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        hidden = np.clip((rows - self.middle) / self.scale, -4.0, 4.0)
        (first, first_bias), (last, last_bias) = self.layers
        return np.asarray((np.tanh(hidden @ first + first_bias) @ last + last_bias)[:, 0] + hidden @ self.straight)


def fit_network(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, *, members: int = MEMBERS) -> Network:
    """Fit `members` one-layer networks to labels (1 off-topic) with a weight per row; seeds fixed."""
    middle = rows.mean(axis=0)
    scale = np.maximum(rows.std(axis=0), 1e-3)
    clipped = np.clip((rows - middle) / scale, -4.0, 4.0)
    line = LogisticRegression(C=0.1, max_iter=3000).fit(clipped, labels, weights)
    scaled, target, weight = (torch.tensor(values, dtype=torch.float32) for values in (clipped, labels, weights))
    found = [_member(scaled, target, weight, seed) for seed in range(members)]
    first = np.concatenate([member[0] for member in found], axis=1)
    first_bias = np.concatenate([member[1] for member in found])
    last = np.concatenate([member[2] for member in found], axis=0) / (2 * members)
    last_bias = np.mean([member[3] for member in found], axis=0) / 2 + line.intercept_.astype(np.float32) / 2
    layers = ((first, first_bias), (last, last_bias))
    straight = (line.coef_[0] / 2).astype(np.float32)
    straight[FEATURES.index("contrast")] -= NEARNESS
    return Network(middle.astype(np.float32), scale.astype(np.float32), layers, straight)


def _member(rows: torch.Tensor, target: torch.Tensor, weight: torch.Tensor, seed: int) -> list[np.ndarray]:
    torch.set_num_threads(1)  # so small a network gains nothing from more, and sums keep their order
    torch.manual_seed(seed)
    first, last = torch.nn.Linear(rows.shape[1], HIDDEN), torch.nn.Linear(HIDDEN, 1)
    parameters = [*first.parameters(), *last.parameters()]
    steps = EPOCHS * (len(rows) // BATCH + 1)
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=4 * RATE, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(rows))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            logits = last(torch.tanh(first(rows[some])))[:, 0]
            losses = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, 0.02 + 0.96 * target[some], reduction="none"
            )
            loss = (losses * weight[some]).sum() / weight[some].sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    arrays = (first.weight.T, first.bias, last.weight.T, last.bias)
    return [array.detach().numpy().astype(np.float32) for array in arrays]
