"""What the shipped models' own records say of their quality, read as files: the web side never loads a model.

A manifest may carry `figures`, a list of {"question", "value", "low", "high", "count", "on"}: shares with their 95 %
interval and what they were measured on. Where it carries none, the page says that nothing was measured.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured share: the question it answers, its 95 % interval, how many cases, on what."""

    question: str
    value: float
    low: float | None
    high: float | None
    count: int | None
    on: str


@dataclass(frozen=True)
class ModelCard:
    """One shipped model: name, version, its figures, the text of its card."""

    name: str
    version: str
    figures: tuple[Figure, ...]
    card: str


@lru_cache(maxsize=1)
def shipped() -> tuple[ModelCard, ...]:
    """Return the cards of the models installed beside this process; empty where the workers are not installed here."""
    folder = models_folder()
    if folder is None:
        return ()
    return tuple(card for path in sorted(folder.glob("*/manifest.json")) if (card := read_card(path.parent)))


def models_folder() -> Path | None:
    """Return where the models lie, without importing the package they belong to."""
    spec = find_spec("workers")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "models"
    return folder if folder.is_dir() else None


def read_card(folder: Path, /) -> ModelCard | None:
    """Read one model's record; None where its manifest is not one."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        return None
    card = folder / "card.md"
    return ModelCard(
        name=str(manifest.get("name", folder.name)),
        version=str(manifest.get("version", "")),
        figures=tuple(_figure(record) for record in manifest.get("figures", ()) if "value" in record),
        card=card.read_text() if card.is_file() else "",
    )


def _figure(record: dict[str, Any]) -> Figure:
    return Figure(
        question=str(record.get("question", "")),
        value=float(record["value"]),
        low=record.get("low"),
        high=record.get("high"),
        count=record.get("count"),
        on=str(record.get("on", "")),
    )
