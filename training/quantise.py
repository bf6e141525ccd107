"""Turns the trained encoder into the int8 ONNX graph that ships, and into the float32 one that it is compared with.

Three things keep int8 near float32, each chosen by measurement (mean difference of a probability: plain int8 0.0054,
with all three 0.0019). Word vectors have a scale per row. Where a LayerNorm feeds a MatMul, wide activation channels
hand part of their range to the weights (SmoothQuant, arXiv:2211.10438). The second half of each feed-forward keeps int8
weights but multiplies in float32, since ONNX Runtime's dynamic quantisation knows one scale for a whole activation and
the GELU's outliers spoil it. The graph must run one comment per call for the same reason.
"""

import copy
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from training.encoder import Compact, pad

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
SMOOTHING = 0.5
SMOOTHED = (".query", ".key", ".value", ".intermediate.dense")  # what a LayerNorm feeds
FLOAT_MATMULS = tuple(f"layer.{number}/output/dense/" for number in range(6))  # of node names: int8 weights, float work


class _RowScaled(nn.Module):
    """An embedding table in int8 with a float scale per row."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("codes", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        return nn.functional.embedding(ids, self.codes).float() * nn.functional.embedding(ids, self.scale)


class _Smoothed(nn.Module):
    """A linear layer whose input is divided by `scale`, and whose weights were multiplied by it."""

    def __init__(self, linear: nn.Linear, scale: Tensor) -> None:
        super().__init__()
        self.linear = copy.deepcopy(linear)
        self.linear.weight.data *= scale
        self.register_buffer("inverse", 1 / scale)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.linear(hidden * self.inverse)  # type: ignore[no-any-return]


def export_float(model: Compact, path: Path) -> None:
    """Write the float32 graph: three int64 inputs of 1×L, outputs `logits` (1×6) and `embedding` (1×384)."""
    ids = torch.arange(1000, 1009)[None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter announces its successor
        torch.onnx.export(
            _eager(model),
            (ids, torch.ones_like(ids), torch.zeros_like(ids)),
            str(path),
            input_names=INPUTS,
            output_names=["logits", "embedding"],
            dynamic_axes={name: {1: "length"} for name in INPUTS},
            opset_version=17,
            dynamo=False,
        )


def export_int8(model: Compact, path: Path, *, samples: list[list[int]]) -> None:
    """Write the int8 graph; `samples` are token sequences on which the activations' ranges are read."""
    smoothed = _smooth(_eager(model), samples)
    embeddings = smoothed.classifier.bert.embeddings
    embeddings.word_embeddings = _RowScaled(embeddings.word_embeddings.weight.data)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        export_float(smoothed, whole)
        names = [node.name for node in onnx.load(whole).graph.node]
        quantize_dynamic(
            whole,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[name for name in names if any(part in name for part in FLOAT_MATMULS)],
            extra_options={"MatMulConstBOnly": True},
        )
    graph = onnx.load(path)
    _store_in_int8(graph)
    _drop_notes(graph)
    onnx.save(graph, path)


def _store_in_int8(model: onnx.ModelProto) -> None:
    """Keep the float MatMuls' weights as int8 with a scale per column; the runtime multiplies them out at load."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in weights]:
        if not any(part in node.name for part in FLOAT_MATMULS):
            continue
        tensor = weights[node.input[1]]
        matrix = numpy_helper.to_array(tensor)
        scale = np.maximum(np.abs(matrix).max(axis=0, keepdims=True), 1e-8) / 127
        codes = np.round(matrix / scale).astype(np.int8)
        model.graph.initializer.remove(tensor)
        model.graph.initializer.append(numpy_helper.from_array(codes, f"{tensor.name}.codes"))
        model.graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{tensor.name}.scale"))
        cast = helper.make_node("Cast", [f"{tensor.name}.codes"], [f"{tensor.name}.cast"], to=onnx.TensorProto.FLOAT)
        times = helper.make_node("Mul", [f"{tensor.name}.cast", f"{tensor.name}.scale"], [f"{tensor.name}.float"])
        model.graph.node.insert(0, times)
        model.graph.node.insert(0, cast)
        node.input[1] = f"{tensor.name}.float"


def _eager(model: Compact) -> Compact:
    copied = copy.deepcopy(model).eval()
    copied.classifier.config._attn_implementation = "eager"
    return copied


def _smooth(model: Compact, samples: list[list[int]]) -> Compact:
    layers = [
        (parent, name, child)
        for place, parent in model.classifier.bert.encoder.named_modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.Linear) and f"{place}.{name}".endswith(SMOOTHED)
    ]
    widest = {id(child): torch.zeros(child.in_features) for _, _, child in layers}

    def watch(child: nn.Module, inputs: tuple[Tensor, ...], _: Tensor) -> None:
        widest[id(child)] = torch.maximum(widest[id(child)], inputs[0].abs().flatten(0, 1).amax(0))

    hooks = [child.register_forward_hook(watch) for _, _, child in layers]
    with torch.inference_mode():
        for sequence in samples:
            model(*pad([sequence]))
    for hook in hooks:
        hook.remove()
    for parent, name, child in layers:
        weights = child.weight.data.abs().amax(0).clamp(min=1e-5)
        scale = (widest[id(child)].clamp(min=1e-5) ** SMOOTHING / weights ** (1 - SMOOTHING)).clamp(min=1e-3)
        setattr(parent, name, _Smoothed(child, scale.clone()))
    return model


def _drop_notes(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes, which name files of the machine that ran it."""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    model.doc_string = ""
