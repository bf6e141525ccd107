"""A classifier that installs without network, to compare with: `python -m training.published --data DIR --out DIR`.

toxic-comment-classifier 0.3.0 (PyPI, MIT) carries a small LSTM network trained on the 159,571 rows of Jigsaw 2018's
train part, none of them the official test rows. Only its weights and its word list are used: the wheel is fetched
without what it depends on, checked against the digest below, its pickle read by an unpickler that makes nothing but
containers and numbers, and the network rebuilt in PyTorch. Loading it checks it against the scores its authors print.
"""

import argparse
import io
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict, defaultdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training import statistics
from training.held_out import madlibs, toxicity_sets

PACKAGE, VERSION = "toxic-comment-classifier", "0.3.0"
DIGEST = "e5af0f052dbb0493d585b5b486dd9b61ec13d54c0e3e2ad93c519114bb404948"
FOLDER = "toxic_classifier/model/"
WORDS = 100  # the last so many are read
ORDER = [0, 1, 2, 5, 4, 3]  # its toxic, severe, obscene, threat, insult, identity_hate in the order of ATTRIBUTES
PRINTED = (  # in the package's own description
    "You are so dumb and stupid!",
    (0.98894, 0.07257, 0.62043, 0.04073, 0.86641, 0.01935),
)


class WrongPackage(Exception):
    """The file is not the published package, or does not compute what its authors print."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("training/out"), help="where the wheel is or is fetched to")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    other = load(fetch(chosen.out))
    for name, held_out in toxicity_sets(chosen.data).items():
        toxic = np.array([labels[0] >= 0.5 for labels in held_out.labels])
        area = statistics.interval(toxic, other.logits(held_out.texts)[:, 0])
        print(f"{name}: AUC {area['value']} ({area['low']} to {area['high']}), {len(toxic)} rows")
    texts, toxic = madlibs(chosen.data)
    clean = [text for text, bad in zip(texts, toxic, strict=True) if not bad]
    scores = 1 / (1 + np.exp(-other.logits(clean)[:, 0]))
    for at in (0.3, 0.5):
        print(f"harmless identity sentences from {at}: {(scores >= at).mean():.1%} of {len(clean)}")


def fetch(out: Path) -> Path:
    """Return the wheel in `out`, fetching it with pip where it is not there yet."""
    wheel = out / f"{PACKAGE.replace('-', '_')}-{VERSION}-py3-none-any.whl"
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(out), f"{PACKAGE}=={VERSION}"], check=True)
    return wheel


def load(wheel: Path) -> "Published":
    """Return the classifier of the published wheel.

    Raises:
        WrongPackage: another digest, or other scores than printed.
    """
    content = wheel.read_bytes()
    if sha256(content).hexdigest() != DIGEST:
        raise WrongPackage(f"{wheel} is not {PACKAGE} {VERSION} as published: its SHA-256 differs from {DIGEST}")
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        words, weights = opened.read(FOLDER + "tokenizer.pickle"), opened.read(FOLDER + "model.weights.h5")
    other = Published(read_words(words), read_weights(weights))
    text, printed = PRINTED
    given = 1 / (1 + np.exp(-other.logits([text])[0]))
    if not np.allclose(given, printed, atol=1e-4):
        raise WrongPackage(f"{PACKAGE} gives {given.round(4).tolist()} for {text!r}, its authors print {list(printed)}")
    return other


class Published:
    """Word numbers, 50 numbers each, a layer read both ways, the highest of each over the text, two dense layers."""

    def __init__(self, words: "Words", weights: dict[str, NDArray[np.float32]]) -> None:
        self._words = words
        self._vectors = torch.from_numpy(weights["layers/embedding/vars/0"])
        width = self._vectors.shape[1]
        self._both_ways = nn.LSTM(width, weights["layers/dense/vars/0"].shape[0] // 2, bidirectional=True)
        for layer, suffix in (("forward", ""), ("backward", "_reverse")):
            kernel, recurrent, bias = (weights[f"layers/bidirectional/{layer}_layer/cell/vars/{n}"] for n in range(3))
            self._set(f"weight_ih_l0{suffix}", kernel.T)
            self._set(f"weight_hh_l0{suffix}", recurrent.T)
            self._set(f"bias_ih_l0{suffix}", bias)
            self._set(f"bias_hh_l0{suffix}", np.zeros_like(bias))
        names = ("dense/vars/0", "dense/vars/1", "dense_1/vars/0", "dense_1/vars/1")
        self._dense = [torch.from_numpy(weights[f"layers/{name}"]) for name in names]

    def _set(self, name: str, values: NDArray[np.float32]) -> None:
        getattr(self._both_ways, name).data = torch.from_numpy(np.ascontiguousarray(values))

    @torch.inference_mode()
    def logits(self, texts: list[str], *, together: int = 256) -> NDArray[np.float32]:
        """Return N×6 logits in the order of `ATTRIBUTES`."""
        numbers = torch.zeros(len(texts), WORDS, dtype=torch.long)  # shorter texts have zeros before them
        for row, text in enumerate(texts):
            known = self._words.numbers(text)[-WORDS:]
            if known:
                numbers[row, -len(known) :] = torch.tensor(known)
        pieces = [self._of(chunk) for chunk in numbers.split(together)]
        return torch.cat(pieces).numpy()[:, ORDER] if pieces else np.zeros((0, len(ORDER)), np.float32)

    def _of(self, numbers: Tensor) -> Tensor:
        read, _ = self._both_ways(self._vectors[numbers].transpose(0, 1))
        first, first_bias, last, last_bias = self._dense
        return torch.relu(read.amax(0) @ first + first_bias) @ last + last_bias


class Words:
    """Keras's word list as pickled: frequent words first, counted from one."""

    word_index: dict[str, int]
    num_words: int
    filters: str

    def numbers(self, text: str) -> list[int]:
        """Return the numbers of the known words of `text`."""
        spaced = text.lower().translate(str.maketrans(dict.fromkeys(self.filters, " ")))
        found = (self.word_index.get(word) for word in spaced.split(" ") if word)
        return [number for number in found if number is not None and number < self.num_words]


NEEDED = {
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): defaultdict,
    ("builtins", "int"): int,
    ("keras.src.legacy.preprocessing.text", "Tokenizer"): Words,
}


class _ContainersOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in NEEDED:
            raise WrongPackage(f"the word list asks for {module}.{name}, which a word list does not need")
        return NEEDED[module, name]


def read_words(pickled: bytes) -> Words:
    """Return the word list; anything in it that is not a container or a number is refused.

    Raises:
        WrongPackage: it asks for something else.
    """
    words = _ContainersOnly(io.BytesIO(pickled)).load()
    if not isinstance(words, Words):
        raise WrongPackage("the word list is not Keras's Tokenizer")
    return words


def read_weights(content: bytes) -> dict[str, NDArray[np.float32]]:
    """Return every array of a Keras weights file by its place."""
    found: dict[str, NDArray[np.float32]] = {}

    def keep(name: str, thing: object) -> None:
        if isinstance(thing, h5py.Dataset) and name.startswith("layers/"):
            found[name] = np.array(thing, dtype=np.float32)

    with h5py.File(io.BytesIO(content)) as opened:
        opened.visititems(keep)
    return found


if __name__ == "__main__":
    main()
