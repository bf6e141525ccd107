"""The compact toxicity classifier: the encoder's logits, calibrated to probabilities.

The order of the attributes is the order of the logits and comes from the manifest alone; an attribute that the
weights do not have is absent.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from service.vocabulary import Attribute
from workers.classifiers.base import ModelFileError
from workers.classifiers.encoder import Encoder, Encoding, Vector
from workers.classifiers.toxicity import sigmoid

# Scored at load: weights that fail here are not the weights the card describes, whatever their checksum says.
CLEAN = "Thank you for the article, I learned a lot about how the council spends its money."
TOXIC = "You are a stupid idiot and a pathetic piece of shit, shut the fuck up."


@dataclass(frozen=True, kw_only=True)
class Compact:
    """Toxicity from the encoder that also makes the embeddings; its name and version are the encoder's."""

    encoder: Encoder
    name: str
    version: str
    attributes: tuple[Attribute, ...]
    languages: frozenset[str]
    slopes: Vector
    intercepts: Vector

    def score(self, text: str, /) -> dict[Attribute, float]:
        """Return the calibrated probability of every attribute, the worst over the windows."""
        return self.from_encoding(self.encoder.encode(text))

    def from_encoding(self, encoding: Encoding) -> dict[Attribute, float]:
        """Return the scores of a text that is encoded already."""
        worst = np.max(sigmoid(encoding.logits.astype(np.float64) * self.slopes + self.intercepts), axis=0)
        return dict(zip(self.attributes, worst.tolist(), strict=True))


def compact_from(encoder: Encoder) -> Compact:
    """Read the classifier out of the encoder's manifest and try it on two sentences; raise ModelFileError."""
    manifest = encoder.manifest
    try:
        attributes = tuple(Attribute(name) for name in manifest["attributes"])
        calibration: dict[str, Any] = manifest["calibration"]
        compact = Compact(
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
    check_golden(compact)
    return compact


def check_golden(compact: Compact) -> None:
    """Raise ModelFileError unless a plain insult scores far above a plain thank-you."""
    clean, toxic = compact.score(CLEAN)[Attribute.TOXICITY], compact.score(TOXIC)[Attribute.TOXICITY]
    if not (clean < 0.3 and toxic > 0.6):
        raise ModelFileError(
            f"{compact.name} {compact.version}: scores a thank-you {clean:.2f} and an insult {toxic:.2f},"
            " must be below 0.30 and above 0.60; these are not the trained weights"
        )
