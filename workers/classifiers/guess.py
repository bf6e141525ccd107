"""A guess at what a model would score each part of a text: which parts are worth reading on their own.

A small convolution over the tokens, fitted to the model's own scores (`python -m training.part_guess`). Each of its
features looks for something in a few tokens next to each other and counts where it is found most clearly: words around
an insult do not make it any weaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = "guess.npz"
AT_ONCE = 4_000  # tokens: four megabytes

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Guess:
    """The fitted numbers: V tokens of D numbers each, features F that look at W tokens next to each other."""

    vectors: Numbers  # (V + 1, D); the last is of no token
    features: Numbers  # (W * D, F)
    shifts: Numbers  # (F,)
    speaks: Numbers  # (F,): for a high score, or below 0 against it
    begins: float
    against: float  # what all features that speak against it take off at most

    @classmethod
    def load(cls, path: Path, /) -> "Guess":
        """Read what `python -m training.part_guess` has written; raise what NumPy raises where it is damaged."""
        with np.load(path) as stored:
            vectors = stored["vectors"] * stored["scale"]
            return cls(
                vectors=np.concatenate([vectors, np.zeros_like(vectors[:1])]),
                features=stored["features"],
                shifts=stored["shifts"],
                speaks=stored["speaks"],
                begins=float(stored["begins"]),
                against=float(stored["against"]),
            )

    @property
    def tokens(self) -> int:
        """How many tokens next to each other a feature looks at."""
        return len(self.features) // int(self.vectors.shape[1])

    def log_odds(self, parts: Sequence[Sequence[int]], /) -> list[float]:
        """Return a guess at the log-odds of the highest score of each part, given as token numbers."""
        found: list[float] = []
        some: list[Sequence[int]] = []
        tokens = 0
        for part in parts:
            if tokens + len(part) > AT_ONCE:
                found += self._of_some(some)
                some, tokens = [], 0
            some.append(part)
            tokens += len(part)
        return found + self._of_some(some)

    def _of_some(self, parts: Sequence[Sequence[int]]) -> list[float]:
        around = self.tokens // 2
        apart = [len(self.vectors) - 1] * around
        row, starts, inside = list(apart), [], []
        for part in parts:
            starts.append(len(row) - around)
            row += [*(part or apart[:1]), *apart]
            inside += [True] * max(1, len(part)) + [False] * around
        if not starts:
            return []
        windows = np.lib.stride_tricks.sliding_window_view(self.vectors[row], self.tokens, axis=0)
        found = windows.transpose(0, 2, 1).reshape(len(windows), -1) @ self.features + self.shifts
        np.maximum(found, 0.0, out=found)
        found[~np.array(inside[: len(found)])] = 0.0  # between two parts
        clearest = np.maximum.reduceat(found, starts, axis=0)
        speaks_for = clearest @ np.maximum(self.speaks, 0.0)
        speaks_against = clearest @ np.maximum(-self.speaks, 0.0)
        guesses = self.begins + speaks_for - self.against * np.tanh(speaks_against / self.against)
        return [float(guess) for guess in guesses]
