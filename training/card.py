"""Writes card.md beside the model from the figures: `python -m training.card REPORT.json LOG.jsonl`; nothing by hand.

What cannot be read off a report (data, licences, limits) is card_text.md, beside this file.
"""

import json
import sys
from pathlib import Path
from typing import Any

from service.moderation.insight.intervals import Share
from training import rejections
from training.measure import SHIPPED

CERTAIN = 0.9
AIMS = {"wikipedia_official_test": 0.978, "social_media": 0.96, "functional": 0.75}


def main() -> None:
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    log = [json.loads(line) for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()]
    manifest = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))
    text = Path(__file__).with_name("card_text.md").read_text(encoding="utf-8")
    last = log[-1]
    text = text.replace("{VERSION}", manifest["version"]).replace("{STEPS}", str(last["step"]))
    text = text.replace("{MINUTES}", str(round(last["minutes"]))).replace("{FIGURES}", figures(report, manifest))
    (SHIPPED / "card.md").write_text(text, encoding="utf-8")
    manifest["figures"] = trust(report)
    (SHIPPED / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def trust(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the console shows of the report: a question, its answer with a 95 % interval, and on how much."""
    auc, bias = report["auc"], report["identity_bias"]
    rows = [
        area("Does it tell toxic comments from clean ones?", auc["wikipedia_official_test"], "Wikipedia talk pages"),
        area("And among short posts?", auc["social_media"], "tweets and forum posts"),
        area("Does it flag insults?", {**report["attributes"]["insult"], **auc_rows_of(auc)}, "Wikipedia talk pages"),
        area("Does it tell hate from what only looks like it?", auc["functional"], "our functional suite"),
        share("Does it leave harmless sentences about identity alone?", bias["clean"], "bias madlibs"),
    ]
    rows.append(share("Of the toxic, how much is held by default?", report["held_at_default"], "Wikipedia talk pages"))
    above = [row for row in rejections.read() if row.scores.get("toxicity", 0.0) >= CERTAIN]
    read = Share(sum(row.rejects for row in above), len(above)).as_record()
    asked = f"Of what scores {CERTAIN} and more, how much may be rejected without a person?"
    rows.append(share(asked, read, "comments of natural mixture, read blind by a language model"))
    return rows


def auc_rows_of(auc: dict[str, Any]) -> dict[str, int]:
    return {"rows": auc["wikipedia_official_test"]["rows"]}


def area(question: str, found: dict[str, Any], on: str) -> dict[str, Any]:
    values = {name: round(found[name], 3) for name in ("value", "low", "high")}
    return {"question": question, "unit": "auc", **values, "count": found["rows"], "on": on}


def share(question: str, found: dict[str, Any], on: str) -> dict[str, Any]:
    values = {name: None if found[name] is None else round(found[name], 3) for name in ("value", "low", "high")}
    return {"question": question, "unit": "share", **values, "count": found["of"], "on": on}


def figures(report: dict[str, Any], manifest: dict[str, Any]) -> str:
    """Return the measured part of the card as Markdown."""
    bias, speed = report["identity_bias"], report["speed"]
    int8 = report["int8_against_float32"]
    terms = sorted(bias["terms"].items(), key=lambda entry: entry[1]["bpsn"])[:8]
    return "\n\n".join(
        [
            "### Toxicity, held-out rows\n\n" + table(("set", "AUC", "95 %", "rows", "toxic", "aim"), auc_rows(report)),
            "### Attributes on the official Wikipedia test rows\n\n"
            + table(
                ("attribute", "AUC", "95 %", "positives"),
                [(name, v["value"], span(v), v["positives"]) for name, v in report["attributes"].items()],
            ),
            "### Functional suite, by functionality\n\nAUC against all sentences of the other label.\n\n"
            + table(
                ("functionality", "hateful", "AUC", "mean score"),
                [
                    (n, "yes" if v["hateful"] else "no", v["auc"], v["mean_score"])
                    for n, v in report["functional"].items()
                ],
            ),
            "### Thresholds, on the official Wikipedia test rows\n\n"
            + table(
                ("threshold", "at", "precision", "recall", "flagged"),
                [(n, v["at"], v["precision"], v["recall"], v["flagged"]) for n, v in report["thresholds"].items()],
            )
            + "\n\nChosen by measurement: "
            + (", ".join(n for n, v in manifest["thresholds"].items() if v["measured"]) or "none")
            + ". The others follow the rule of `training/calibration.py`.",
            "### Calibration\n\nExpected calibration error of `toxicity` (aim: 0.05 or less): "
            + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report["calibration"].items())
            + ".",
            "### Bias by identity term (madlibs, never trained on)\n\n"
            + f"AUC {bias['auc']['value']} ({span(bias['auc'])}). False alarms at the default `hold_at` on clean "
            + "sentences: "
            + f"{bias['false_alarms']}; widest distance of one term from that: {bias['widest_false_alarm_gap']}. "
            + "The terms that fare worst:\n\n"
            + table(
                ("term", "subgroup AUC", "BPSN AUC", "BNSP AUC", "false alarms"),
                [(n, v["subgroup"], v["bpsn"], v["bnsp"], v["false_alarms"]) for n, v in terms],
            ),
            "### int8 against float32\n\n" + quantisation(int8),
            "### Evasion\n\nShare of flagged tweets still flagged with every long word disguised, before the service's "
            + "second view on normalised text: "
            + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report["evasion"].items())
            + ".",
            "### Embedding\n\nAUC of the cosine between a comment and its own article, against other articles of the "
            + "same source on the test side; off_topic_alone is the encoder before it learnt what is toxic (aim: no "
            + "more than 0.005 below it): "
            + ", ".join(f"{name} {value}" for name, value in report["embedding"].items())
            + ".",
            f"### Speed\n\nTwo processes of one thread, comments of {speed['median_tokens']:.0f} tokens (median): "
            + f"{speed['comments_per_second']} comments/s by the clock, {speed['cpu_comments_per_second']} per "
            + f"second of processor time on two cores; p50 {speed['p50_ms']} ms, p95 {speed['p95_ms']} ms, "
            + f"{speed['rss_mb']} MB and {speed['load_seconds']} s to load per process. The machine was shared with "
            + "other programs: read the figure per processor time.",
        ]
    )


def auc_rows(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (n.replace("_", " "), v["value"], span(v), v.get("rows", ""), v.get("toxic", ""), aim(n, v["value"]))
        for n, v in report["auc"].items()
    ]


def aim(name: str, value: float) -> str:
    if name not in AIMS:
        return ""
    return f"{AIMS[name]}, {'met' if value >= AIMS[name] else 'missed'}"


def quantisation(found: dict[str, Any] | str) -> str:
    if isinstance(found, str):
        return found
    worst = max(found["auc_loss"].values())
    return (
        f"Verdicts that differ at the shipped thresholds, all sets: {found['verdicts_differing']:.2%} (aim: 1 %). "
        f"AUC lost, worst set: {worst} (aim: 0.002). By set: "
        + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found["auc_loss"].items())
        + "."
    )


def span(value: dict[str, Any]) -> str:
    return f"{value['low']} to {value['high']}"


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


if __name__ == "__main__":
    main()
