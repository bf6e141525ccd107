"""Puts an exported model where workers find it, with its card: `python -m training.multilingual.ship --help`.

The reports are what measure.py printed of the model on the test side and what routing.py printed. What cannot be read
off them (data, licences, limits) is card_text.md, beside this file.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from training.export import sha256
from training.multilingual import card, languages

SHIPPED = Path(__file__).parents[2] / "workers" / "models" / "multilingual"
VERSION = "1.0.0"
FILES = ("model.onnx", "tokenizer.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the folder that export.py wrote")
    parser.add_argument("--report", type=Path, required=True, help="measure.py's, of the test side")
    parser.add_argument("--routing", type=Path, required=True, help="routing.py's")
    parser.add_argument("--to", type=Path, default=SHIPPED)
    given = parser.parse_args()
    exported, report, routing = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (given.model / "manifest.json", given.report, given.routing)
    )
    report["routing"] = routing
    given.to.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(given.model / name, given.to / name)
    made = manifest(exported, report) | {"files": {name: sha256(given.to / name) for name in FILES}}
    written = json.dumps(made, indent=2, ensure_ascii=False)
    (given.to / "manifest.json").write_text(written + "\n", encoding="utf-8")
    (given.to / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (given.to / "card.md").write_text(card.text(report, made), encoding="utf-8")


def manifest(exported: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """Return what worker and console read: languages, their entries, golden scores, figures; without the files."""
    kept = ("name", "attributes", "labels", "max_tokens", "embedding_size", "calibration", "golden")
    judged = languages.judged(report)
    return {
        **{name: exported[name] for name in kept},
        "version": VERSION,
        "languages": judged,
        "language_names": [card.NAMES[code] for code in judged],
        "by_language": languages.entries(exported["by_language"], judged),
        "figures": card.trust(report, judged),
    }


if __name__ == "__main__":
    main()
