"""The fitted part of the off-topic classifier: files checked against their SHA-256, then a small network in numpy.

The files hold numbers and common stems only, so they are read without unpickling anything.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.classifiers.base import ModelFileError
from workers.classifiers.model_files import SHIPPED, verified_manifest
from workers.classifiers.relevance.features import ADVERT_FEATURES, FEATURES, Background

FOLDER = SHIPPED / "relevance"
HEAD, WORDS = "head.npz", "words.json"
TITLE_PLACE, BODY_PLACE = FEATURES.index("title_only"), FEATURES.index("has_body")
ADVERT_PLACES = np.array([FEATURES.index(name) for name in ADVERT_FEATURES])


@dataclass(frozen=True)
class Head:
    """Two ways of being off-topic: about something else, or an advert, which may be about anything.

    The first is a network over standardised features; `layers` are (weights, bias), the last gives one logit, which
    `platt` turns into a probability: slope and offset for articles known by their title alone (first row), with key
    points (second), with a body (third), fitted on articles kept for it: the same logit means more the more is known.
    The second way is a logistic regression over ADVERT_FEATURES, `advert` its weights and last its bias. `encoder` is
    the SHA-256 of the one whose vectors all was fitted on.
    """

    version: str
    encoder: str
    thresholds: dict[str, float]
    middle: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    straight: np.ndarray
    platt: np.ndarray
    advert: np.ndarray
    background: Background

    def probabilities(self, row: np.ndarray) -> tuple[float, float]:
        """Return P(off-topic) and, within it, P(advert) of one row; far-out values are held at four deviations."""
        hidden = scaled = np.clip((row - self.middle) / self.scale, -4.0, 4.0)
        for weights, bias in self.layers[:-1]:
            hidden = np.tanh(hidden @ weights + bias)
        weights, bias = self.layers[-1]
        logit = np.array([(hidden @ weights + bias)[0] + scaled @ self.straight])
        advert = float(adverts_among(row, self.advert))
        return float(either(calibrated(logit, row[None], self.platt), advert)[0]), advert


def calibrated(logits: np.ndarray, rows: np.ndarray, platt: np.ndarray) -> np.ndarray:
    """Return P(about something else) of the logits (n,) of `rows` (n, features) by Platt's (3, 2) of `Head`."""
    slope, offset = platt[how_known(rows)].T
    return sigmoid(slope * logits + offset)


def how_known(rows: np.ndarray) -> np.ndarray:
    """Return what the article of each of `rows` (n, features) is known by: 0 its title, 1 key points, 2 its body."""
    return np.where(rows[:, BODY_PLACE] > 0, 2, np.where(rows[:, TITLE_PLACE] > 0, 0, 1))


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
            digressions=arrays["digression_direction"],
            idf=stems,
            rarest=float(arrays["rarest"]),
        )
        names = ("middle", "scale", "straight", "platt", "advert_weights")
        middle, scale, straight, platt, advert = (arrays[name] for name in names)
    version, encoder = f"{manifest['version']}-{manifest['files'][HEAD][:8]}", manifest["encoder"]
    return Head(version, encoder, manifest["thresholds"], middle, scale, layers, straight, platt, advert, background)
