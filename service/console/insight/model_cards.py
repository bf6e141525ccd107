"""What the shipped models' own records say of their quality, read as files: the web side never loads a model.

A manifest may carry `figures`, a list of {"question", "value", "low", "high", "count", "on", "unit"}: shares of cases
("share") or areas under a ROC curve ("auc") with their 95 % interval and what they were measured on. What cannot be
read is left out, never guessed; where nothing is left, the page says that no figures are recorded and names the card.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from service.console.formats import decimal, percentage
from service.installation import shipped_models

MARKDOWN = MarkdownIt("js-default", {"html": False})  # with tables
UNITS = ("share", "auc")


@dataclass(frozen=True)
class Figure:
    """One measured answer: the question, a share or an AUC with its 95 % interval, how many cases, on what."""

    question: str
    value: float
    low: float | None
    high: float | None
    count: int | None
    on: str
    unit: str = "share"

    @property
    def words(self) -> str:
        """The value as it reads: a share in percent, an AUC as a number, since half of it is chance."""
        return self._told(self.value)

    @property
    def interval(self) -> str:
        """The 95 % interval in the same way, "" where none was given."""
        if self.low is None or self.high is None:
            return ""
        return f"{self._told(self.low)} – {self._told(self.high)}"

    def _told(self, value: float) -> str:
        return decimal(value, 3) if self.unit == "auc" else percentage(value, 1)


@dataclass(frozen=True)
class ModelCard:
    """One shipped model: name, version, its figures, the text of its card, and the languages beside English."""

    name: str
    version: str
    figures: tuple[Figure, ...]
    card: str
    languages: tuple[str, ...] = ()

    @property
    def html(self) -> Markup:
        """The card, which is Markdown, as HTML; tags in it are shown as text. Headings begin below the page's."""
        tokens = MARKDOWN.parse(self.card)
        for token in tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        return Markup(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))  # noqa: S704  (nothing in it is obeyed)


@cache
def shipped() -> tuple[ModelCard, ...]:
    """Return the cards of the models installed beside this process; empty where the workers are not installed here."""
    return tuple(card for folder in shipped_models.folders() if (card := read_card(folder)))


def other_languages() -> tuple[str, ...]:
    """Return the codes of the languages that are judged beside English, whose scores never reject."""
    return tuple(language for card in shipped() for language in card.languages)


def read_card(folder: Path, /) -> ModelCard | None:
    """Read one model's record; None where its manifest is not one."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict):
        return None
    card, figures, codes = folder / "card.md", manifest.get("figures"), manifest.get("languages")
    return ModelCard(
        name=str(manifest.get("name", folder.name)),
        version=str(manifest.get("version", "")),
        figures=tuple(figure for record in figures if (figure := _figure(record))) if isinstance(figures, list) else (),
        card=card.read_text() if card.is_file() else "",
        languages=tuple(str(code) for code in codes if code != "en") if isinstance(codes, list) else (),
    )


def _figure(record: Any) -> Figure | None:
    if not isinstance(record, dict):
        return None
    value, unit = _within_one(record.get("value")), record.get("unit", "share")
    question, count = record.get("question"), record.get("count")
    if value is None or not isinstance(question, str) or not question or unit not in UNITS:
        return None
    return Figure(
        question=question,
        value=value,
        low=_within_one(record.get("low")),
        high=_within_one(record.get("high")),
        count=count if isinstance(count, int) and not isinstance(count, bool) else None,
        on=str(record.get("on", "")),
        unit=unit,
    )


def _within_one(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 <= value <= 1 else None
