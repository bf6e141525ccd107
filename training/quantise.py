"""Turns the trained encoder into the int8 ONNX graph that ships, and into the float32 one that it is compared with.

Three things keep int8 near float32, each chosen by measurement (mean difference of a probability: plain int8 0.0054,
with all three 0.0019). Word vectors have a scale per row. Where a LayerNorm feeds a MatMul, wide activation channels
hand part of their range to the weights (SmoothQuant, arXiv:2211.10438). The second half of each feed-forward gets a
scale per token, since ONNX Runtime's dynamic quantisation knows one for a whole activation and the GELU's outliers
spoil it. The graph must run one comment per call for the same reason.
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
ROW_SCALED = tuple(f"layer.{number}/output/dense/" for number in range(6))  # of node names: what GELU feeds
LIFT = 0.17  # no less than the depth of GELU's trough, 0.16997


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
        _share_factors(whole)
        names = [node.name for node in onnx.load(whole).graph.node]
        quantize_dynamic(
            whole,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[name for name in names if any(part in name for part in ROW_SCALED)],
            extra_options={"MatMulConstBOnly": True},
        )
    graph = onnx.load(path)
    _scale_rows(graph)
    _drop_notes(graph)
    onnx.save(graph, path)


def _scale_rows(model: onnx.ModelProto) -> None:
    """Multiply the second half of each feed-forward in int8 with a scale per token.

    GELU never falls below -0.17, so that the activation, lifted by that much, fills unsigned bytes from 0 up to each
    token's own largest value; what the lift adds to the product is a constant per column and leaves through the bias.
    """
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    readers = {name: node for node in model.graph.node for name in node.input}
    kept, made = [], []
    for node in model.graph.node:
        if node.op_type != "MatMul" or not any(part in node.name for part in ROW_SCALED):
            kept.append(node)
            continue
        tensor = weights[node.input[1]]
        matrix = numpy_helper.to_array(tensor)
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8) / 127
        codes = np.round(matrix / scale).astype(np.int8)
        name, add = tensor.name, readers[node.output[0]]
        old = weights[next(given for given in add.input if given in weights)]
        bias = numpy_helper.to_array(old) - LIFT * codes.astype(np.float32).sum(axis=0) * scale
        made += [
            numpy_helper.from_array(codes, f"{name}.codes"),
            numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"),
            numpy_helper.from_array(bias.astype(np.float32), f"{name}.bias"),
        ]
        add.input[list(add.input).index(old.name)] = f"{name}.bias"
        model.graph.initializer.remove(tensor)
        model.graph.initializer.remove(old)
        made_by = helper.make_node
        kept += [
            made_by("Add", [node.input[0], "lift"], [f"{name}.lifted"]),
            made_by("ReduceMax", [f"{name}.lifted"], [f"{name}.most"], axes=[0, 2], keepdims=0),
            made_by("Mul", [f"{name}.most", "byte"], [f"{name}.step"]),
            made_by("QuantizeLinear", [f"{name}.lifted", f"{name}.step"], [f"{name}.bytes"], axis=1),
            made_by(
                "MatMulIntegerToFloat",
                [f"{name}.bytes", f"{name}.codes", "one", f"{name}.scale"],
                [f"{name}.whole"],
                domain="com.microsoft",
            ),
            made_by("Unsqueeze", [f"{name}.step", "ends"], [f"{name}.steps"]),
            made_by("Mul", [f"{name}.whole", f"{name}.steps"], list(node.output)),
        ]
    made += [
        numpy_helper.from_array(np.float32(LIFT), "lift"),
        numpy_helper.from_array(np.float32(1 / 255), "byte"),
        numpy_helper.from_array(np.float32(1), "one"),
        numpy_helper.from_array(np.array([0, 2]), "ends"),
    ]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(made)


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
    for parent in {id(parent): parent for parent, _, _ in layers}.values():
        siblings = [(name, child) for other, name, child in layers if other is parent]
        # query, key and value read one tensor: with one scale for the three it is divided and turned to bytes once
        weights = torch.stack([child.weight.data.abs().amax(0) for _, child in siblings]).amax(0).clamp(min=1e-5)
        most = widest[id(siblings[0][1])].clamp(min=1e-5)
        scale = (most**SMOOTHING / weights ** (1 - SMOOTHING)).clamp(min=1e-3)
        for name, child in siblings:
            setattr(parent, name, _Smoothed(child, scale.clone()))
    return model


def _share_factors(path: Path) -> None:
    """Let equal products of one tensor with one constant be computed once."""
    model = onnx.load(path)
    values = {tensor.name: tensor.raw_data for tensor in model.graph.initializer}
    first: dict[tuple[str, bytes], str] = {}
    same: dict[str, str] = {}
    kept = []
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = same.get(name, name)
        if node.op_type == "Mul" and node.input[1] in values:
            key = (node.input[0], values[node.input[1]])
            if key in first:
                same[node.output[0]] = first[key]
                continue
            first[key] = node.output[0]
        kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, path)


def _drop_notes(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes, which name files of the machine that ran it."""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    model.doc_string = ""
