"""The report of one measurement: a page to read and its curves as one picture, beside the figures as JSON.

No comment text is written: a report may be mailed about. matplotlib is loaded only here.
"""

import html
import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from workers.evaluate.figures import Measured
from workers.evaluate.metrics import precision_recall, roc

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}
td,th{padding:.2rem .8rem;border-bottom:1px solid #d8dee6;text-align:right}
td:first-child,th:first-child{text-align:left}
img{max-width:100%}caption{text-align:left;font-weight:600;padding:.3rem 0}"""


def write_report(folder: Path, record: dict[str, Any], measured: Measured) -> None:
    """Write report.html, report.png and report.json into `folder`, making it; raise UsageError without matplotlib."""
    folder.mkdir(parents=True, exist_ok=True)
    _picture(folder / "report.png", record, measured)
    (folder / "report.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    (folder / "report.html").write_text(_page(record), "utf-8")


def _picture(path: Path, record: dict[str, Any], measured: Measured) -> None:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise click.UsageError(
            "--report draws with matplotlib, which is not installed: pip install matplotlib"
        ) from None
    figure = Figure(figsize=(12, 8), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right, low_left, low_right = figure.subplots(2, 2).flat
    alarms, recall = roc(measured.labels, measured.scores)
    left.plot(alarms, recall, label=f"{record['task']} {record['auc']['value']:.3f}")
    for name, rival in measured.rivals.items():
        left.plot(
            *roc(measured.labels, rival),
            "--",
            label=f"{name} {record['compared_with'][name]['auc']['value']:.3f}",
        )
    left.set(title="ROC (area)", xlabel="false-alarm rate", ylabel="recall")
    left.legend(loc="lower right")
    precision, recall = precision_recall(measured.labels, measured.scores)
    right.plot(recall, precision)
    for name, row in record["thresholds"].items():
        if row["precision"] is not None and row["recall"] is not None:
            right.plot(row["recall"], row["precision"], "o", label=f"{name} at {row['at']}")
    right.set(
        title="precision and recall",
        xlabel="recall",
        ylabel="precision",
        ylim=(0, 1.03),
    )
    right.legend(loc="lower left")
    table = record["calibration"]["table"]
    low_left.plot([0, 1], [0, 1], ":", color="grey")
    low_left.plot(
        [row["mean_score"] for row in table],
        [row["share_positive"] for row in table],
        "o-",
    )
    low_left.set(
        title=f"calibration (error {record['calibration']['ece']:.3f})",
        xlabel="score",
        ylabel="share positive",
    )
    edges = np.linspace(0, 1, 41).tolist()
    for value, name in ((0, "labelled 0"), (1, "labelled 1")):
        low_right.hist(
            measured.scores[measured.labels == value],
            edges,
            histtype="step",
            density=True,
            label=name,
        )
    low_right.set(title="scores", xlabel="score", ylabel="density", yscale="log")
    low_right.legend()
    figure.savefig(path)


def _page(record: dict[str, Any]) -> str:
    auc = record["auc"]
    facts = {
        "comments": f"{record['n']:,}, {record['positives']:,} positive",
        "area under the ROC curve": f"{auc['value']:.3f} (95 %: {auc['low']:.3f} to {auc['high']:.3f})",
        "average precision": f"{record['average_precision']:.3f}",
        "caught at 2 % false alarms": f"{record['caught_at_2_percent_false_alarms']:.1%}",
        "expected calibration error": f"{record['calibration']['ece']:.3f}",
        "comments per second": record["comments_per_second"],
        "not scored": record["not_scored"]["count"],
        **{f"{name} version": version for name, version in record["versions"].items()},
    }
    thresholds = [{"threshold": name, **row} for name, row in record["thresholds"].items()]
    slices = [{"kind": kind, **row} for kind, rows in record["slices"].items() for row in rows]
    for row in slices:
        row["auc"] = row["auc"]["value"] if row["auc"] else None
    title = html.escape(f"Moderato: {record['task']} on {record['file']}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1>{_table('Figures', [{'figure': k, 'value': v} for k, v in facts.items()])}"
        f'<img src="report.png" alt="ROC, precision and recall, calibration and score curves">'
        f"{_table('At the thresholds', thresholds)}{_table('Slices, at the first threshold', slices)}"
        f"{_table('Calibration', record['calibration']['table'])}</html>\n"
    )


def _table(caption: str, rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in rows[0])
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_shown(cell))}</td>' for cell in row.values())}</tr>" for row in rows
    )
    return f"<table><caption>{html.escape(caption)}</caption><tr>{head}</tr>{body}</table>"


def _shown(cell: object) -> str:
    if cell is None:
        return "–"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
