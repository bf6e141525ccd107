"""The fitted part of the off-topic classifier: files checked against their SHA-256, then a small network in numpy.

The files hold numbers and common stems only, so they are read without unpickling anything.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.classifiers.base import ModelFileError
from workers.classifiers.model_files import verified_manifest
from workers.classifiers.relevance_features import ADVERT_FEATURES, FEATURES, Background

FOLDER = Path(__file__).resolve().parent.parent / "models" / "relevance"
HEAD, WORDS = "head.npz", "words.json"
ADVERT_PLACES = np.array([FEATURES.index(name) for name in ADVERT_FEATURES])


@dataclass(frozen=True)
class Head:
    """Two ways of being off-topic: about something else, or an advert, which may be about anything.

    The first is a network over standardised features; `layers` are (weights, bias), the last gives one logit, which
    `slope` and `offset` turn into a probability (Platt scaling on articles kept for it). The second is a logistic
    regression over ADVERT_FEATURES, `advert` its weights and last its bias. `encoder` is the SHA-256 of the one whose
    vectors all was fitted on.
    """

    version: str
    encoder: str
    thresholds: dict[str, float]
    middle: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    straight: np.ndarray
    slope: float
    offset: float
    advert: np.ndarray
    background: Background

    def probabilities(self, row: np.ndarray) -> tuple[float, float]:
        """Return P(off-topic) and, within it, P(advert) of one row; far-out values are held at four deviations."""
        hidden = scaled = np.clip((row - self.middle) / self.scale, -4.0, 4.0)
        for weights, bias in self.layers[:-1]:
            hidden = np.tanh(hidden @ weights + bias)
        weights, bias = self.layers[-1]
        logit = self.slope * float((hidden @ weights + bias)[0] + scaled @ self.straight) + self.offset
        advert = float(adverts_among(row, self.advert))
        return float(either(sigmoid(logit), advert)), advert


def adverts_among(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return P(advert) of one row of features (n,) or of several (m, n), whatever the article is about."""
    return sigmoid(rows[..., ADVERT_PLACES] @ weights[:-1] + weights[-1])


def either(elsewhere: np.ndarray, advert: np.ndarray | float) -> np.ndarray:
    """Return the probability of being about something else, or an advert, or both."""
    return 1.0 - (1.0 - elsewhere) * (1.0 - advert)


def sigmoid(logits: float | np.ndarray) -> np.ndarray:
    """Return the probability of a logit, or of each of several."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(np.asarray(logits, dtype=np.float64), -30.0, 30.0))))


def load_head(folder: Path | None = None) -> Head:
    """Read and check the files of `folder` (default: the shipped ones); raise ModelFileError where one is wrong."""
    folder = folder or FOLDER
    manifest = verified_manifest(folder)
    if tuple(manifest["features"]) != FEATURES:
        raise ModelFileError(f"{folder / HEAD}: fitted on other features than this code computes; fit the head again")
    stems: dict[str, float] = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    with np.load(folder / HEAD, allow_pickle=False) as arrays:
        count = int(arrays["layers"])
        layers = tuple((arrays[f"weights{n}"], arrays[f"bias{n}"]) for n in range(count))
        background = Background(
            subjects=arrays["subjects"].astype(np.float32),
            remarks=arrays["remarks"].astype(np.float32),
            adverts=arrays["advert_direction"],
            idf=stems,
            rarest=float(arrays["rarest"]),
        )
        slope, offset = (float(value) for value in arrays["platt"])
        middle, scale, straight, advert = (arrays[name] for name in ("middle", "scale", "straight", "advert_weights"))
    version, encoder = f"{manifest['version']}-{manifest['files'][HEAD][:8]}", manifest["encoder"]
    fitted = (middle, scale, layers, straight, slope, offset, advert)
    return Head(version, encoder, manifest["thresholds"], *fitted, background)
