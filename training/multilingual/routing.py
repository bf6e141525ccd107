"""How many comments are taken for one in another language: `python -m training.multilingual.routing --help`.

A comment in a language that is judged must not be held as unknown, and a sentence in one that is not judged must not be
scored as another. Comments are of the test side; the sentences are machine translations of the same ones, of 50
characters or more in English. The site's default language is English, which is the harder case. No model runs here.
"""

import argparse
import json
from collections.abc import Container
from pathlib import Path
from typing import Any

import pandas as pd

from service.moderation.insight.intervals import Share
from training.multilingual import languages, rows
from training.multilingual.measure import sampled
from workers.classifiers.language.detector import LanguageDetector
from workers.classifiers.model_files import SHIPPED

FEWEST_CHARACTERS = {"ja": 25, "ko": 25, "zh": 25}  # else 50, the default minimum length of a comment
EACH = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True, help="measure.py's, of the test side: says who is judged")
    given = parser.parse_args()
    judged = languages.judged(json.loads(given.report.read_text(encoding="utf-8")))
    print(json.dumps(figures(given.data, judged), indent=1))


def figures(data: Path, judged: Container[str]) -> dict[str, Any]:
    """Return per language the share of comments read by the right classifier, and of comments and sentences in others
    that are rightly held.
    """
    detector = LanguageDetector()
    stems = frozenset(json.loads((SHIPPED / "relevance" / "words.json").read_text(encoding="utf-8")))
    long = [
        row
        for row in rows.read_all(data)
        if row.split == "test" and row.language != "en" and len(row.text) >= FEWEST_CHARACTERS.get(row.language, 50)
    ]
    comments: dict[str, list[str]] = {}
    for row in sampled(long, lambda row: row.language, EACH):
        comments.setdefault(row.language, []).append(where(detector, row.text, judged, stems))
    table = pd.read_csv(data / "multilingual" / "translations_stsb.csv.gz").dropna()
    table = table[table["en"].str.len() >= 50].sample(EACH, random_state=1)
    said = {
        name: [where(detector, text, judged, stems) for text in table[name]]
        for name in table.columns
        if name not in judged
    }
    return {
        "read": {name: share(codes, name) for name, codes in comments.items() if name in judged},
        "comments_held": {name: share(codes, "") for name, codes in comments.items() if name not in judged},
        "held": {name: share(codes, "") for name, codes in said.items() if name != "en"},
        "english": share(said["en"], "en"),
    }


def where(detector: LanguageDetector, text: str, judged: Container[str], stems: Container[str]) -> str:
    """Return the language whose classifier reads all of `text`; "" where a part of it is held as unknown."""
    language = detector.decide(text, declared=None, default="en", known={"en"}, others=judged, vocabulary=stems)
    return "" if not language.is_known or language.unreadable else language.code or "en"


def share(codes: list[str], wanted: str) -> dict[str, Any]:
    counted = Share(sum(code == wanted for code in codes), len(codes))
    low, high = counted.interval or (0.0, 1.0)
    return {"value": round(counted.value or 0.0, 4), "low": round(low, 4), "high": round(high, 4), "of": counted.of}


if __name__ == "__main__":
    main()
