"""What fewer layers cost and bring: `python -m training.depth --data DIR --trained OUT --out DIR [--minutes N]`.

Each depth keeps evenly spread layers of the trained encoder, is trained on for `--minutes`, quantised and timed on one
thread; AUC is on the validation side, so that choosing a depth by it spends nothing of the test side. Writes depth.json
and depth.png.
"""

import argparse
import json
import random
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training import toxicity_rows
from training.compact import RELATED, fast_bfloat16, train
from training.encoder import TRAINED_TOKENS, Compact, load_tokenizer
from training.engine import Graph
from training.export import load_checkpoint
from training.plots import depth_curve
from training.quantise import export_int8
from training.validation import Validation

TIMED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--trained", type=Path, required=True, help="folder with the checkpoint of the whole model")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, nargs="+", default=[4, 3])
    parser.add_argument("--minutes", type=float, default=8.0, help="of further training, each depth")
    chosen = parser.parse_args()
    texts = [row.text for row in toxicity_rows.read_all(chosen.data) if row.split == "valid"]
    sequences = [e.ids for e in load_tokenizer(TRAINED_TOKENS).encode_batch_fast(random.Random(5).sample(texts, TIMED))]
    validation = Validation(chosen.data, per_set=1000)
    found = []
    for layers in [6, *chosen.layers]:
        folder = chosen.out / f"layers-{layers}"
        folder.mkdir(parents=True, exist_ok=True)
        model = shallow(load_checkpoint(chosen.trained), layers)
        if layers < 6:
            limits: dict[str, Any] = {"teacher": chosen.trained / RELATED, "minutes": chosen.minutes, "steps": None}
            train(chosen.data, folder, model, **limits, resume=False, workers=2, bfloat16=fast_bfloat16())
        found.append({"layers": layers, **cost(model.eval(), folder, sequences), "auc": validation.measure(model)})
        print(json.dumps(found[-1]), flush=True)
    (chosen.out / "depth.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    depth_curve(found, chosen.out / "depth.png")


def shallow(model: Compact, layers: int) -> Compact:
    """Keep `layers` of the encoder's layers, evenly spread, the first and the last among them."""
    all_of_them = model.classifier.bert.encoder.layer
    kept = [round(place * (len(all_of_them) - 1) / (layers - 1)) for place in range(layers)]
    model.classifier.bert.encoder.layer = nn.ModuleList([all_of_them[place] for place in kept])
    model.classifier.config.num_hidden_layers = layers
    return model


def cost(model: Compact, folder: Path, sequences: list[list[int]]) -> dict[str, float]:
    """Return the int8 graph's size in MB and its median time in ms per comment on one thread."""
    path = folder / "model.onnx"
    with torch.inference_mode():
        export_int8(model, path, samples=sequences)
    graph = Graph(path)
    times = []
    for sequence in sequences:
        started = time.perf_counter()
        graph.one(sequence)
        times.append(time.perf_counter() - started)
    return {"mb": round(path.stat().st_size / 1e6, 1), "ms": round(1000 * statistics.median(times), 2)}


if __name__ == "__main__":
    main()
