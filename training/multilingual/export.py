"""From a checkpoint to an int8 graph: `python -m training.multilingual.export --data DIR --weights FILE --out DIR`.

Writes out/model/: model.onnx, tokenizer.json, manifest.json. The layers are quantised as the compact model's are
(training/quantise.py); the embedding table goes back to the 4 bits that it was published in (table.py). Calibration
and thresholds are in the manifest, per language, read from the exported graph's own logits.
"""

import argparse
import json
import random
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from training import quantise
from training.engine import Graph
from training.export import sha256
from training.multilingual import calibration, encoder, joint, rows, table, vocabulary, weights
from training.multilingual.rows import Row
from training.toxicity_rows import ATTRIBUTES

NAME, VERSION, MAX_TOKENS = "multilingual", "0.1.0", 128
SAMPLES, PER_LANGUAGE = 200, 1500
GOLDEN = (
    "Die Brücke wird im Mai eröffnet, zwei Jahre später als geplant.",
    "Du bist ein nutzloser Idiot und jeder hier weiß das.",
    "Gracias por el artículo, he aprendido mucho.",
    "Eres un imbécil y das asco.",
    "Спасибо за статью, было очень интересно.",
    "Ты тупой идиот, закрой свой рот.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="the published encoder, 4-bit")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    build(given.data, load_checkpoint(given.weights, given.out), given.out)


def load_checkpoint(published: Path, out: Path) -> encoder.Multilingual:
    """Return the trained model of `out/checkpoint.pt`; its embeddings come from the published weights."""
    model = encoder.pretrained(weights.read(published), encoder.kept_pieces(out))
    state = torch.load(out / joint.CHECKPOINT, weights_only=True)["model"]
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any("word_embeddings" not in name for name in missing):
        raise ValueError(f"the checkpoint does not fit: missing {missing}, unexpected {unexpected}")
    return model.eval()


def build(data: Path, model: encoder.Multilingual, out: Path) -> None:
    """Write out/model/ for `model`, with the tokenizer in `out`."""
    shipped = out / "model"
    shipped.mkdir(exist_ok=True)
    shutil.copy(out / encoder.TOKENIZER, shipped / "tokenizer.json")
    tokenizer = encoder.load_tokenizer(out, MAX_TOKENS)
    valid = sampled([row for row in rows.read_all(data) if row.split == "valid"])
    sequences = [encoding.ids for encoding in tokenizer.encode_batch_fast([row.text for row in valid])]
    chosen = random.Random(0).sample(sequences, min(SAMPLES, len(sequences)))
    export_int8(model, shipped / "model.onnx", samples=chosen)
    graph = Graph(shipped / "model.onnx")
    found = by_language(valid, graph.all(sequences)[0].astype(float))
    manifest = {
        "name": NAME,
        "version": VERSION,
        "attributes": list(ATTRIBUTES),
        "labels": list(ATTRIBUTES),
        "max_tokens": MAX_TOKENS,
        "embedding_size": model.classifier.config.hidden_size,
        "languages": [language for language in vocabulary.LANGUAGES if language != "en"],
        **found,
        "golden": golden(graph, tokenizer, found["calibration"]),
        "files": {name: sha256(shipped / name) for name in ("model.onnx", "tokenizer.json")},
    }
    (shipped / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(f"{(shipped / 'model.onnx').stat().st_size / 1e6:.1f} MB")


def sampled(found: list[Row]) -> list[Row]:
    """Return at most 1,500 rows of each language, always the same."""
    by_name: dict[str, list[Row]] = {}
    for row in found:
        by_name.setdefault(row.language, []).append(row)
    kept = (random.Random(2).sample(group, min(PER_LANGUAGE, len(group))) for _, group in sorted(by_name.items()))
    return [row for group in kept for row in group]


def by_language(found: list[Row], logits: np.ndarray) -> dict[str, Any]:
    """Return the manifest's `calibration` (all languages together), `by_language` and `labelled` languages.

    A language that is missing from `by_language` has no labelled rows: its comments are scored with `calibration`
    and may be held, never rejected.
    """
    labels = np.array([row.labels for row in found])
    languages = np.array([row.language for row in found])
    own: dict[str, dict[str, object]] = {language: {} for language in sorted(set(languages.tolist()))}
    together: dict[str, dict[str, float]] = {}
    for index, name in enumerate(ATTRIBUTES):
        known = {language: (languages == language) & ~np.isnan(labels[:, index]) for language in own}
        parts = {
            language: (logits[where, index], labels[where, index]) for language, where in known.items() if where.any()
        }
        for language, (scores, wanted) in parts.items():
            own[language][name] = asdict(calibration.fitted(scores, wanted))
        common = calibration.pooled(parts) if parts else None
        together[name] = {"a": common.a, "b": common.b} if common else {"a": 1.0, "b": 0.0}
    return {"calibration": together, "labelled": sorted(own), "by_language": own}


def golden(graph: Graph, tokenizer: Tokenizer, common: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """Return a few sentences with the scores that a worker must get, by the calibration of all languages together."""
    slopes, shifts = (np.array([common[name][part] for name in ATTRIBUTES]) for part in "ab")
    found = []
    for text in GOLDEN:
        logits = graph.one(tokenizer.encode(text).ids)[0].astype(float)
        scores = 1 / (1 + np.exp(-(slopes * logits + shifts)))
        found.append({"text": text, "scores": {n: round(float(s), 4) for n, s in zip(ATTRIBUTES, scores, strict=True)}})
    return found


def export_int8(model: encoder.Multilingual, path: Path, *, samples: list[list[int]]) -> None:
    """Write the graph; `samples` are token sequences on which the activations' ranges are read."""
    smoothed = quantise._smooth(quantise._eager(model), samples)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        quantise.export_float(smoothed, whole)
        quantise._share_factors(whole)
        graph = onnx.load(whole)
        words = largest(graph)
        fed_by_gelu = named_as_quantise_expects(graph)
        onnx.save(graph, whole)
        quantize_dynamic(
            whole,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=fed_by_gelu,
            extra_options={"MatMulConstBOnly": True},
        )
    graph = onnx.load(path)
    quantise._scale_rows(graph)
    table.gather_blocks(graph.graph, words)
    quantise._drop_notes(graph)
    onnx.save(graph, path)


def largest(graph: onnx.ModelProto) -> str:
    """Return the name of the largest constant that a Gather reads: the table of pieces."""
    read = {node.input[0] for node in graph.graph.node if node.op_type == "Gather"}
    sizes = {tensor.name: numpy_helper.to_array(tensor).size for tensor in graph.graph.initializer}
    return max((name for name in sizes if name in read), key=lambda name: sizes[name])


def named_as_quantise_expects(graph: onnx.ModelProto) -> list[str]:
    """Rename the products that GELU feeds, in all layers, to what quantise.py looks for; return their names.

    It looks for the names of a six-layer model, and this one has twelve.
    """
    names = []
    for node in graph.graph.node:
        if node.op_type == "MatMul" and "/output/dense/" in node.name and "/attention/" not in node.name:
            node.name = f"{quantise.ROW_SCALED[0]}MatMul_{len(names)}"
            names.append(node.name)
    return names


if __name__ == "__main__":
    main()
