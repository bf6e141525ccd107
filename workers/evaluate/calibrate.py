"""`moderato calibrate`: from a site's logged texts and Perspective scores, a curve that keeps old thresholds.

The curve is kept in an API key's terms and applies to that key's answers alone, together with a pin on the classifiers
that it was made with. No text leaves the machine or enters the curve.
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from service.accounts import perspective, sites
from service.accounts.perspective import Curve
from service.errors import Problem
from service.installation import data_folder, settings
from service.installation.storage import opened
from service.moderation import operator_acts
from service.vocabulary import Attribute
from workers.classifiers.base import ClassifierError, Classifiers
from workers.evaluate.equating import FEWEST, Agreement, agreements, equate
from workers.evaluate.progress import progress
from workers.evaluate.scoring import Load, Remark, Task, score_tasks
from workers.evaluate.tables import read_rows
from workers.evaluate.toxicity import attribute_named

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--from", "file", type=_FILE, required=True, help="A .csv, .tsv or .jsonl file of texts and scores.")
@click.option("--attribute", default="toxicity", show_default=True, help="Ours, to be put on Perspective's scale.")
@click.option("--text-column", default="text", show_default=True)
@click.option("--score-column", default="score", show_default=True, help="What Perspective answered, from 0 to 1.")
@click.option("--at", "thresholds", type=click.FloatRange(0, 1), multiple=True, default=(0.5, 0.7, 0.8, 0.9),
              show_default=True, help="Your old thresholds.")  # fmt: skip
@click.option("--language", default="en", show_default=True, help="Of the texts, or `detect`.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw the curve into this .png file.")
@click.option("--key", "keys", nargs=2, metavar="SLUG KEY_ID", help="Apply the curve to this key's answers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def calibrate(
    file: Path, attribute: str, text_column: str, score_column: str, thresholds: tuple[float, ...], language: str,
    plot: Path | None, keys: tuple[str, str] | None, as_json: bool,
) -> None:  # fmt: skip
    """Fit a curve from our scores to logged Perspective scores, so that old thresholds keep their meaning."""
    named = attribute_named(attribute)
    texts, logged = _logged(file, text_column, score_column)
    chosen = settings.load()
    load = Load(chosen.toxicity_model, chosen.effective_cache_dir)
    try:
        classifiers = load()
    except ClassifierError as error:
        raise click.ClickException(str(error)) from None
    ours, theirs = _scored(texts, logged, named, classifiers, load, language)
    curve = equate(ours, theirs)
    found = agreements(ours, theirs, thresholds)
    if plot:
        _draw(plot, named, ours, theirs, curve)
    if keys:
        _apply(chosen, keys, named, curve, dict(classifiers.versions))
    record = {
        "attribute": named.value,
        "comments": len(ours),
        "versions": dict(classifiers.versions),
        "knots": curve.knots,
        "agreement": [_record(one) for one in found],
    }
    click.echo(json.dumps(record) if as_json else "\n".join(_lines(found, len(ours), keys)))


def _logged(file: Path, text_column: str, score_column: str) -> tuple[list[str], list[float]]:
    texts, scores = [], []
    for number, row in enumerate(read_rows(file, wanted=(text_column, score_column)), 1):
        text, score = row.get(text_column), row.get(score_column)
        if not isinstance(text, str) or not text.strip() or score in (None, ""):
            continue
        try:
            value = float(score)
        except (TypeError, ValueError):
            value = -1.0
        if not 0 <= value <= 1:
            raise click.UsageError(f"{file}, row {number}, column {score_column!r}: must be a number from 0 to 1")
        texts.append(text)
        scores.append(value)
    if len(texts) < FEWEST:
        raise click.UsageError(f"{file}: has {len(texts)} texts with a score; at least {FEWEST} are needed")
    return texts, scores


def _scored(
    texts: list[str], logged: list[float], named: Attribute, classifiers: Classifiers, load: Load, language: str
) -> tuple[np.ndarray, np.ndarray]:
    declared = None if language == "detect" else language
    tasks = [Task((Remark(number, text, language=declared),)) for number, text in enumerate(texts)]
    with progress(len(tasks), "scored") as advance:
        answers = score_tasks(tasks, load, here=classifiers, processes=2, advance=advance).answers
    kept = [answer for answer in answers if named in answer.values]
    if len(kept) < FEWEST:
        raise click.UsageError(f"only {len(kept)} texts could be scored; at least {FEWEST} are needed (see --language)")
    return (
        np.array([answer.values[named] for answer in kept]),
        np.array([logged[answer.number] for answer in kept]),
    )


def _apply(
    chosen: settings.Settings, keys: tuple[str, str], named: Attribute, curve: Curve, versions: dict[str, str]
) -> None:
    slug, key_id = keys
    data_folder.require(chosen)
    try:
        with opened(chosen) as database, database.write() as session:
            site_id = sites.require(session, slug).id
            before = perspective.change(session, site_id, key_id)
            curves: dict[Any, Curve] = dict(before.curves) if before.pinned == versions else {}
            kept = {name: one.model_dump() for name, one in (curves | {named: curve}).items()}
            perspective.change(session, site_id, key_id, pinned=versions, curves=kept)
            detail = {"attribute": named.value, "knots": len(curve.knots)}
            operator_acts.record(session, "key.calibrate", site_id=site_id, subject=("key", key_id), detail=detail)
    except Problem as problem:
        raise click.ClickException(problem.detail) from None


def _record(one: Agreement) -> dict[str, Any]:
    return {
        "at": one.threshold,
        "alike": one.mapped.as_record(),
        "alike_without_curve": one.plain.as_record(),
        "flagged_by_perspective": round(one.flagged_by_them, 4),
        "flagged": round(one.flagged_by_us, 4),
    }


def _lines(found: list[Agreement], count: int, keys: tuple[str, str] | None) -> list[str]:
    lines = [f"{count:,} comments. Share on which both decide alike, with its 95 % interval:"]
    for one in found:
        low, high = one.mapped.interval or (0.0, 1.0)
        lines.append(
            f"  at {one.threshold:g}: {one.mapped.value:.1%} ({low:.1%} to {high:.1%}); "
            f"without the curve {one.plain.value:.1%}; "
            f"Perspective flags {one.flagged_by_them:.1%}, Moderato {one.flagged_by_us:.1%}"
        )
    where = f"The curve applies to key {keys[1]} of {keys[0]}." if keys else "Add --key SLUG KEY_ID to apply the curve."
    return [*lines, where]


def _draw(path: Path, named: Attribute, ours: np.ndarray, theirs: np.ndarray, curve: Curve) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 7), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot(ours, theirs, ".", alpha=0.3, label="comments")
    axes.plot(*zip(*curve.knots, strict=True), "o-", label="curve")
    axes.set(title=named.value, xlabel="Moderato", ylabel="Perspective", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="lower right")
    figure.savefig(path)
