"""What every toxicity classifier offers the facade, and how several views of one text become one score."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from service.vocabulary import Attribute
from workers.classifiers.budget import Budget


class ToxicityClassifier(Protocol):
    """A classifier of toxicity attributes; each call is alone, whatever was scored before."""

    @property
    def name(self) -> str:
        """The name written into scores: compact, original, unbiased..."""

    @property
    def version(self) -> str:
        """Changes with the weights, the calibration or the way the text is read."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What it scores."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages it was trained on."""

    def score(self, text: str, /) -> dict[Attribute, float]:
        """Return the probability of every attribute, the worst over the windows of a long text."""

    def read(self, text: str, budget: Budget, /) -> tuple[dict[Attribute, float], int]:
        """Return the scores as far as the budget allows, and how many characters that was; no scores if none."""


DISGUISED_BY = 0.25  # how much worse the undone text must score to be called disguised
DISGUISED_FROM = 0.5  # and how bad at least: from 0.05 to 0.31 is noise


Scores = Mapping[Attribute, float]


def worse_of(written: Scores, undone: Scores) -> tuple[dict[Attribute, float], bool]:
    """Return the worse score of each attribute, and whether undoing the disguise made one markedly worse."""
    both = {attribute: (score, undone.get(attribute, score)) for attribute, score in written.items()}
    worse = {attribute: max(scores) for attribute, scores in both.items()}
    disguised = any(undo >= DISGUISED_FROM and undo - score >= DISGUISED_BY for score, undo in both.values())
    return worse, disguised


def sigmoid(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 / (1 + e^-x) without overflow."""
    return np.exp(-np.logaddexp(0.0, -logits))
