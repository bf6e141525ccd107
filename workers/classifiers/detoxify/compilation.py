"""Turn a loaded Detoxify model into a compiled folder: ONNX, int8 where it holds, checksums, golden scores.

int8 is kept only if it gives the verdicts of float32 on the probe set; otherwise float32 ships, slower and right.
The folder appears complete or not at all.
"""

import json
import shutil
import tempfile
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workers.classifiers.base import ModelFileError
from workers.classifiers.detoxify.checkpoint import LoadedCheckpoint, Say
from workers.classifiers.detoxify.probe_texts import PROBES
from workers.classifiers.detoxify.torch_toxicity import WEIGHTS
from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import MANIFEST, sha256_of
from workers.classifiers.toxicity.compiled import toxicity_from

FLOAT_MAY_DIFFER = 1e-4  # the exported graph against Detoxify's own predict()
INT8_MAY_DIFFER = 0.02  # mean over the probe set
INT8_MAY_FLIP = 0.01  # share of probe verdicts at 0.5
GOLDEN = 4  # probe texts whose scores the manifest keeps

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Parity:
    """How far the compiled model is from Detoxify on the probe set, in probability; `flips` is a share of verdicts."""

    float_max: float
    int8_max: float
    int8_mean: float
    int8_flips: float
    kept: str  # int8 or float32


def compile_model(
    checkpoint: LoadedCheckpoint, target: Path, *, name: str, languages: tuple[str, ...], for_gpu: bool, say: Say
) -> dict[str, Any]:
    """Write the compiled folder `target` and return its manifest; raise ModelFileError where parity fails.

    With `for_gpu` the folder also holds the float weights, as safetensors, that torch runs on a GPU.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".compiling-") as scratch:
        folder, floats, ints = (Path(scratch) / part for part in ("folder", "float32.onnx", "int8.onnx"))
        folder.mkdir()
        checkpoint.detoxify.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        say("exporting to ONNX")
        _export(checkpoint, floats)
        say("quantising to int8")
        _quantise(floats, ints, albert="albert" in type(checkpoint.detoxify.model).__name__.lower())
        manifest = _manifest(checkpoint, name=name, languages=languages)
        texts = _fitting(checkpoint, manifest["max_tokens"])
        say(f"checking parity on {len(texts)} texts")
        found = {model: _scores(folder, model, manifest, texts) for model in (floats, ints)}
        parity = _parity(_predicted(checkpoint, texts), found[floats], found[ints])
        kept = ints if parity.kept == "int8" else floats
        manifest["golden"] = [
            {"text": text, "scores": dict(zip(manifest["attributes"], row, strict=True))}
            for text, row in zip(texts[:GOLDEN], found[kept].tolist(), strict=False)
        ]
        shutil.copyfile(kept, folder / "model.onnx")
        manifest["parity"] = asdict(parity)
        manifest["version"] = f"{checkpoint.sha256[:8]}-{parity.kept}"
        if for_gpu:
            say("writing the float weights for torch")
            checkpoint.detoxify.model.save_pretrained(folder / WEIGHTS, max_shard_size="100GB")
            manifest["torch"] = {"version": f"{checkpoint.sha256[:8]}-torch", "columns": list(checkpoint.columns)}
        manifest["files"] = {
            str(path.relative_to(folder)): sha256_of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != MANIFEST
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        toxicity_from(Encoder(folder))  # what cannot be loaded must not be installed
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    say(f"kept {parity.kept}: float32 within {parity.float_max:.1e}, int8 within {parity.int8_max:.3f} of Detoxify")
    return manifest


def _manifest(checkpoint: LoadedCheckpoint, *, name: str, languages: tuple[str, ...]) -> dict[str, Any]:
    config = checkpoint.detoxify.model.config
    positions = int(config.max_position_embeddings)
    if config.model_type in ("roberta", "xlm-roberta"):
        positions -= 2  # their first position is the padding id plus one
    return {
        "name": name,
        "version": "unfinished",
        "attributes": [attribute.value for attribute in checkpoint.attributes],
        "max_tokens": min(positions, 512),
        "languages": list(languages),
        "calibration": {attribute.value: {"a": 1.0, "b": 0.0} for attribute in checkpoint.attributes},
        "source": {"checkpoint_sha256": checkpoint.sha256, "architecture": config.model_type},
        "golden": [],
    }


def _export(checkpoint: LoadedCheckpoint, path: Path) -> None:
    import torch

    model, columns = checkpoint.detoxify.model, list(checkpoint.columns)
    model.config._attn_implementation = "eager"  # the graph of the fused kernel depends on the length it is traced with

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> Any:
            return self.model(**dict(zip(names, inputs, strict=True))).logits[:, columns]

    ids = torch.arange(5, 13)[None] % model.config.vocab_size
    tensors = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if getattr(model.config, "type_vocab_size", 0) > 1:
        tensors["token_type_ids"] = torch.zeros_like(ids)
    names = list(tensors)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracing exporter announces its successor, and tracing its assumptions
        torch.onnx.export(
            Logits().eval(),
            tuple(tensors.values()),
            str(path),
            input_names=names,
            output_names=["logits"],
            dynamic_axes={part: {1: "length"} for part in names},
            opset_version=17,
            dynamo=False,
        )


def _quantise(floats: Path, ints: Path, *, albert: bool) -> None:
    """Quantise the matrix products; ALBERT's shared weights are only found after the optimiser has named them."""
    import logging

    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().addFilter(_not_preprocessing)
    source = floats
    if albert:
        source = floats.with_name("optimised.onnx")
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(source)
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        onnxruntime.InferenceSession(str(floats), options, providers=["CPUExecutionProvider"])
    try:
        quantize_dynamic(
            source,
            ints,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": 1},
        )
    finally:
        logging.getLogger().removeFilter(_not_preprocessing)


def _not_preprocessing(record: Any) -> bool:
    return "pre-processing" not in str(record.msg)  # advice for static quantisation, logged at the root


def _fitting(checkpoint: LoadedCheckpoint, max_tokens: int) -> list[str]:
    """Return the probe texts of one window: of a longer one Detoxify reads the beginning only."""
    tokenizer = checkpoint.detoxify.tokenizer.backend_tokenizer
    tokenizer.no_truncation()
    return [text for text in PROBES if len(tokenizer.encode(text).ids) <= max_tokens]


def _predicted(checkpoint: LoadedCheckpoint, texts: list[str]) -> Matrix:
    """Return what Detoxify's own predict() says, one text per call."""
    labels = [checkpoint.detoxify.class_names[column] for column in checkpoint.columns]
    rows = [checkpoint.detoxify.predict(text) for text in texts]
    return np.array([[float(row[label]) for label in labels] for row in rows])


def _scores(folder: Path, model: Path, manifest: dict[str, Any], texts: list[str]) -> Matrix:
    shutil.copyfile(model, folder / "model.onnx")
    manifest["files"] = {part: sha256_of(folder / part) for part in ("model.onnx", "tokenizer.json")}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    classifier = toxicity_from(Encoder(folder))
    return np.array([list(classifier.score(text).values()) for text in texts])


def _parity(expected: Matrix, floats: Matrix, ints: Matrix) -> Parity:
    float_max = float(np.abs(floats - expected).max())
    if float_max > FLOAT_MAY_DIFFER:
        raise ModelFileError(f"the exported graph differs from Detoxify by {float_max:.2e}, must be {FLOAT_MAY_DIFFER}")
    difference = np.abs(ints - expected)
    flips = float(((ints >= 0.5) != (expected >= 0.5)).any(axis=1).mean())
    holds = difference.mean() <= INT8_MAY_DIFFER and flips <= INT8_MAY_FLIP
    return Parity(
        float_max=float_max,
        int8_max=float(difference.max()),
        int8_mean=float(difference.mean()),
        int8_flips=flips,
        kept="int8" if holds else "float32",
    )
