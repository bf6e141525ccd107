"""Toxicity from a compiled model folder: calibrated logits, read as its manifest says.

The shipped compact model and the compiled Detoxify models have the same form. The order of the attributes is the order
of the logits and comes from the manifest alone; an attribute that the weights do not have is absent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.vocabulary import Attribute
from workers.classifiers.base import ModelFileError
from workers.classifiers.budget import Budget
from workers.classifiers.encoder import Encoder, Encoding
from workers.classifiers.toxicity.classifier import sigmoid

Parameters = npt.NDArray[np.float64]

# Scored at load: weights that fail here are not the weights the card describes, whatever their checksum says.
CLEAN = "Thank you for the article, I learned a lot about how the council spends its money."
TOXIC = "You are a stupid idiot and a pathetic piece of shit, shut the fuck up."
GOLDEN_MAY_DIFFER = 0.05  # int8 instructions differ a little from processor to processor


@dataclass(frozen=True, kw_only=True)
class CompiledToxicity:
    """A toxicity classifier made of a compiled model; if that is the encoder, its encodings can be scored.

    `columns` are the logits' of the attributes, where not all are scored.
    """

    encoder: Encoder
    name: str
    version: str
    attributes: tuple[Attribute, ...]
    languages: frozenset[str]
    slopes: Parameters
    intercepts: Parameters
    columns: tuple[int, ...] | None = None

    def score(self, text: str, /) -> dict[Attribute, float]:
        """Return the calibrated probability of every attribute, the worst over the windows."""
        return self.from_encoding(self.encoder.encode(text))

    def read(self, text: str, budget: Budget, /) -> tuple[dict[Attribute, float], int]:
        """Return the scores as far as the budget allows, and how many characters that was; no scores if none."""
        encoding = self.encoder.encode(text, budget=budget)
        return self.from_encoding(encoding), encoding.characters_read

    def from_encoding(self, encoding: Encoding) -> dict[Attribute, float]:
        """Return the scores of a text that is encoded already; none where nothing of it was read."""
        if not len(encoding.logits):
            return {}
        logits = encoding.logits if self.columns is None else encoding.logits[:, self.columns]
        worst = np.max(sigmoid(logits.astype(np.float64) * self.slopes + self.intercepts), axis=0)
        return dict(zip(self.attributes, worst.tolist(), strict=True))


def toxicity_from(encoder: Encoder) -> CompiledToxicity:
    """Read the classifier out of the model's manifest and try it; raise ModelFileError if it is not what it says."""
    manifest = encoder.manifest
    try:
        attributes = tuple(Attribute(name) for name in manifest["attributes"])
        calibration: dict[str, Any] = manifest["calibration"]
        classifier = CompiledToxicity(
            encoder=encoder,
            name=str(manifest["name"]),
            version=encoder.version,
            attributes=attributes,
            languages=frozenset(manifest["languages"]),
            slopes=np.array([calibration[name]["a"] for name in attributes], dtype=np.float64),
            intercepts=np.array([calibration[name]["b"] for name in attributes], dtype=np.float64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"manifest of {manifest.get('name')}: {type(error).__name__}: {error}") from None
    check_golden(classifier.score, manifest)
    return classifier


def check_golden(score: Callable[[str], dict[Attribute, float]], manifest: dict[str, Any]) -> None:
    """Raise ModelFileError unless the model scores the manifest's golden texts as it did when it was made.

    A manifest without golden texts must at least put a plain insult far above a plain thank-you.
    """
    name = f"{manifest['name']} {manifest['version']}"
    if "golden" in manifest:
        for number, golden in enumerate(manifest["golden"]):
            scores = score(golden["text"])
            for attribute, expected in golden["scores"].items():
                if abs(scores[Attribute(attribute)] - expected) > GOLDEN_MAY_DIFFER:
                    raise ModelFileError(
                        f"{name}: golden text {number}: {attribute} is {scores[Attribute(attribute)]:.3f},"
                        f" must be {expected:.3f}; these are not the weights that the manifest describes"
                    )
        return
    clean, toxic = score(CLEAN)[Attribute.TOXICITY], score(TOXIC)[Attribute.TOXICITY]
    if not (clean < 0.3 and toxic > 0.6):
        raise ModelFileError(
            f"{name}: scores a thank-you {clean:.2f} and an insult {toxic:.2f}, must be below 0.30 and above 0.60;"
            " these are not trained weights"
        )
