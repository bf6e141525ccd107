"""Draws the card's plots: ROC per set, reliability, AUC by functionality."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray

Curves = dict[str, tuple[NDArray[np.bool_], NDArray[np.float32]]]


def draw(curves: Curves, found: dict[str, Any], out: Path) -> None:
    """Write roc.png, reliability.png and functional.png into `out`."""
    roc(curves, out / "roc.png")
    reliability(curves, out / "reliability.png")
    by_functionality(found["functional"], out / "functional.png")


def roc(curves: Curves, path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(6, 5))
    for name, (positive, scores) in curves.items():
        order = np.argsort(-scores)
        hits, misses = np.cumsum(positive[order]), np.cumsum(~positive[order])
        axes.plot(misses / max(1, misses[-1]), hits / max(1, hits[-1]), label=name.replace("_", " "))
    axes.set(xlabel="false alarms", ylabel="caught", title="toxicity: sets never trained on", xlim=(0, 1))
    axes.legend(fontsize=7)
    _save(figure, path)


def reliability(curves: Curves, path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name in ("wikipedia_official_test", "wikipedia_held_out", "news_comments"):
        positive, scores = curves[name]
        bins = np.minimum((scores * 10).astype(int), 9)
        used = [place for place in range(10) if (bins == place).sum() >= 5]
        mean = [scores[bins == place].mean() for place in used]
        axes.plot(mean, [positive[bins == place].mean() for place in used], marker="o", label=name.replace("_", " "))
    axes.set(xlabel="score", ylabel="share that is toxic", title="reliability (bins of at least 5 rows)")
    axes.legend(fontsize=7)
    _save(figure, path)


def by_functionality(found: dict[str, dict[str, Any]], path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(6, 5))
    names = list(reversed(found))
    colours = ["firebrick" if found[name]["hateful"] else "steelblue" for name in names]
    axes.barh([name.replace("_", " ") for name in names], [found[name]["auc"] for name in names], color=colours)
    axes.set(xlim=(0.4, 1), xlabel="AUC against the other label", title="functional suite (red: hateful)")
    _save(figure, path)


def depth_curve(found: list[dict[str, Any]], path: Path) -> None:
    """AUC on the validation side against comments per second and core, a point per number of layers."""
    figure, axes = pyplot.subplots(figsize=(6, 5))
    speeds = [1000 / point["ms"] for point in found]
    for name in found[0]["auc"]:
        axes.plot(speeds, [point["auc"][name] for point in found], marker="o", label=name.replace("_", " "))
    for point, speed in zip(found, speeds, strict=True):
        axes.annotate(f"{point['layers']} layers", (speed, 0.505), ha="center", fontsize=8)
    axes.set(xlabel="comments per second, one core", ylabel="AUC, validation side", ylim=(0.5, 1))
    axes.legend(fontsize=7)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
