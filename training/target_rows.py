"""Whom harsh comments attack, read one by one beside parent and article, and the rows found again in the data.

targets.jsonl names comments by their keys (training/splits.py) and holds no text. The reader was a large language
model, no person, and saw no score. A comment that attacks what its parent said attacks the one replied to; one about
the article, its headline or the press attacks the journalist; a person is somebody talked about; a group is people by
their kind, also readers in general. Comments that could be read either way were left out.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.splits import text_key
from training.toxicity_rows import frame

LABELS = Path(__file__).with_name("targets.jsonl")
TARGETS = ("replied_to", "journalist", "person", "group", "nobody")
WIKIPEDIA = {"wiki_context": ("cat_large_with_context", "parent"), "wiki_context_small": ("cat_small", "parent_text")}


@dataclass(frozen=True, slots=True)
class Aimed:
    """One comment with what stood around it; `parent` and `title` are empty where there was none."""

    text: str
    parent: str
    title: str
    target: str


def read(data: Path) -> list[Aimed]:
    """Return every comment that was read, in the order of the file; raise KeyError where the data lacks one."""
    wanted = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    around = {source: _around(data, source) for source in {row["source"] for row in wanted}}
    return [Aimed(*around[row["source"]][row["text"]], row["target"]) for row in wanted]


def _around(data: Path, source: str) -> dict[str, tuple[str, str, str]]:
    """Return text, parent and title of the comments of one source by the key of the text; the first one counts."""
    found: dict[str, tuple[str, str, str]] = {}
    if source in WIKIPEDIA:
        name, parent = WIKIPEDIA[source]
        for row in frame(data, f"wiki_context_toxicity/{name}").fillna("").to_dict("records"):
            found.setdefault(text_key(str(row["text"])), (str(row["text"]), str(row[parent]), ""))
        return found
    titles = {article["article_id"]: article["title"] for article in _lines(data, source, "articles")}
    for comment in _lines(data, source, "comments"):
        before = comment.get("parent_text") or comment.get("prev_comment") or ""
        text = comment["text"] or ""
        found.setdefault(text_key(text), (text, before, titles[comment["article_id"]]))
    return found


def _lines(data: Path, source: str, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / "relevance" / source / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
