"""From a labelled file to what is measured about one toxicity attribute."""

import random
from pathlib import Path
from typing import Any

import click
import numpy as np

from service.moderation.insight.intervals import Share
from service.moderation.policy.rules import default_thresholds
from service.vocabulary import Attribute
from workers.classifiers.base import Classifiers, Subject
from workers.classifiers.evasion import KINDS, evasion_rates
from workers.evaluate.figures import Measured
from workers.evaluate.progress import progress
from workers.evaluate.scoring import Remark, Task
from workers.evaluate.slices import evasions, identity_terms
from workers.evaluate.tables import Row, label_of, read_rows

SOURCE_COLUMNS = ("source", "dataset", "site")
EVASION_COLUMNS = ("evasion", "evasion_kind")


def labelled_texts(
    path: Path,
    *,
    text_column: str,
    label_column: str,
    positive_at: float,
    limit: int | None,
) -> tuple[list[Row], list[int], list[str]]:
    """Return rows, labels (0 or 1) and texts of the labelled rows; with `limit`, that many drawn with a fixed seed."""
    rows, labels, texts = [], [], []
    for number, row in enumerate(read_rows(path, wanted=(text_column, label_column)), 1):
        where = f"{path}, row {number}, column {label_column!r}"
        label = label_of(row.get(label_column), where=where, positive_at=positive_at)
        text = row.get(text_column)
        if label is not None and isinstance(text, str) and text.strip():
            rows.append(row)
            labels.append(label)
            texts.append(text)
    if limit is not None and limit < len(rows):
        kept = sorted(random.Random(0).sample(range(len(rows)), limit))  # noqa: S311 - a sample, not a secret
        rows, labels, texts = [rows[n] for n in kept], [labels[n] for n in kept], [texts[n] for n in kept]
    need_both(labels, f"{path}: column {label_column!r}", positive_at)
    return rows, labels, texts


def need_both(labels: list[int], where: str, positive_at: float) -> None:
    """Raise UsageError unless both labels are present."""
    if not labels:
        raise click.UsageError(f"{where}: labels no comment; each row to be measured needs a text and a label")
    if len(set(labels)) == 1:
        raise click.UsageError(
            f"{where}: all {len(labels)} labelled comments are {'positive' if labels[0] else 'negative'} at "
            f"{positive_at:g}; both are needed (see --positive-at)"
        )


def tasks_of(texts: list[str], *, language: str | None, chunk: int = 16) -> list[Task]:
    """Return the texts as tasks of a few, so that processes share them evenly."""
    remarks = [Remark(number, text, language=language) for number, text in enumerate(texts)]
    return [Task(tuple(remarks[start : start + chunk])) for start in range(0, len(remarks), chunk)]


def memberships_of(rows: list[Row], texts: list[str]) -> dict[str, list[list[str]]]:
    """Return to which slices each row belongs."""
    found = {"identity term": [identity_terms(text) for text in texts]}
    evasion = next((column for column in EVASION_COLUMNS if column in rows[0]), None)
    if evasion:
        found["evasion kind"] = [[str(row.get(evasion) or "none")] for row in rows]
    else:
        found["evasion kind"] = [evasions(text) for text in texts]
    source = next((column for column in SOURCE_COLUMNS if column in rows[0]), None)
    if source:
        found["source"] = [[str(row.get(source) or "unknown")[:60]] for row in rows]
    return found


def evaded(
    measured: Measured, classifiers: Classifiers, attribute: Attribute, *, most: int, language: str
) -> dict[str, Any]:
    """Return per kind of disguise how many of the `most` highest-scored comments then pass the lower threshold.

    Only comments labelled positive and flagged as written count. Scores are the service's, second view and all. Per
    kind: `hits` that passed, `of` how many, their share as `value` with its interval.
    """
    chosen = default_thresholds()[attribute]
    threshold = chosen.hold_at if chosen.hold_at is not None else chosen.reject_at
    assert threshold is not None, "a default without any threshold would flag nothing"
    worst = [int(n) for n in np.argsort(-measured.scores) if measured.labels[n] and measured.scores[n] >= threshold]

    def score(text: str) -> float:
        subject = Subject(text=text, language=None if language == "detect" else language)
        return next((found.value for found in classifiers.assess(subject).scores if found.attribute is attribute), 0.0)

    totals = {kind: [0, 0] for kind in KINDS}
    with progress(len(worst[:most]), "disguised") as advance:
        for number, place in enumerate(worst[:most]):
            for kind, rate in evasion_rates(score, [measured.texts[place]], threshold=threshold, seed=number).items():
                totals[kind][0] += rate.caught
                totals[kind][1] += rate.evaded
            advance(1)
    return {kind: Share(passed, caught).as_record() for kind, (caught, passed) in totals.items()}


def attribute_named(name: str) -> Attribute:
    """Return the toxicity attribute of that name; raise UsageError that lists them."""
    known = [attribute for attribute in Attribute if attribute is not Attribute.OFF_TOPIC]
    if name not in known:
        raise click.UsageError(f"--attribute {name}: must be one of {', '.join(known)}")
    return Attribute(name)
