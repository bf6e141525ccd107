"""`moderato evaluate`: measure the classifiers on your own labelled comments before trusting them.

Figures go to standard output, progress to standard error. Exit code 2 means that the question was wrong (a column, a
label, a file), 1 that a classifier could not be loaded.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from service.installation import settings
from service.moderation.policy.rules import default_thresholds
from service.vocabulary import Attribute
from workers.classifiers.base import ClassifierError, Classifiers
from workers.evaluate import relevance as off_topic
from workers.evaluate import toxicity as toxic
from workers.evaluate.figures import Measured, figures
from workers.evaluate.progress import progress
from workers.evaluate.report import write_report
from workers.evaluate.scoring import Load, Scoring, Task, score_tasks
from workers.evaluate.text import as_text

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COMMON = (
    click.option("--model", default="compact", show_default=True, help="compact, a Detoxify name, or a folder."),
    click.option("--limit", type=click.IntRange(min=2), help="Measure this many comments, drawn with a fixed seed."),
    click.option("--positive-at", type=click.FloatRange(0, 1, min_open=True), default=0.5, show_default=True,
                 help="Labels that are fractions count as positive from here."),
    click.option("--language", default="en", show_default=True, help="Of the comments, or `detect`."),
    click.option("--processes", type=click.IntRange(1, 64), default=lambda: min(2, os.cpu_count() or 1),
                 help="Of one thread each; default 2."),
    click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Write report.html and .png here."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
)  # fmt: skip


def _common(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_COMMON):
        command = option(command)
    return command


@click.group()
def evaluate() -> None:
    """Measure the classifiers on labelled comments."""


@evaluate.command()
@click.argument("file", type=_FILE)
@click.option("--text-column", default="text", show_default=True)
@click.option(
    "--label-column",
    default="toxicity",
    show_default=True,
    help="0 or 1, true or false, or a fraction.",
)
@click.option(
    "--attribute",
    default="toxicity",
    show_default=True,
    help="Which of Detoxify's attributes to measure.",
)
@click.option(
    "--evasions",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Disguise the worst words of up to this many flagged comments in each known way; say how many then pass.",
)
@_common
def toxicity(
    file: Path,
    text_column: str,
    label_column: str,
    attribute: str,
    evasions: int,
    positive_at: float,
    limit: int | None,
    **how: Any,
) -> None:
    """Measure a toxicity attribute on FILE (.csv, .tsv or .jsonl, .gz allowed)."""
    named = toxic.attribute_named(attribute)
    rows, labels, texts = toxic.labelled_texts(
        file,
        text_column=text_column,
        label_column=label_column,
        positive_at=positive_at,
        limit=limit,
    )
    tasks = toxic.tasks_of(texts, language=None if how["language"] == "detect" else how["language"])
    loaded = _loaded(how["model"], named)
    scored = _score(tasks, loaded, how)
    kept = _kept(scored, named)
    of = toxic.memberships_of(rows, texts)
    measured = _measured(kept, labels, texts, of, scored, named)
    measured.memberships["undone"] = [["reads differently once undone"] * scored.answers[n].disguised for n in kept]
    tried = toxic.evaded(measured, loaded, named, most=evasions, language=how["language"]) if evasions else {}
    _say("toxicity", str(file), named, measured, scored, how, loaded.versions, evasions=tried)


@evaluate.command()
@click.option(
    "--articles",
    type=_FILE,
    required=True,
    help="Lines with article_id, title, key_points, body.",
)
@click.option(
    "--comments",
    type=_FILE,
    required=True,
    help="Lines with article_id, text, parent_text and a label.",
)
@click.option("--label-column", help="1 where people found it off-topic. Default: label_offtopic.")
@click.option("--cross-pairs", is_flag=True, help="Label by place: own article, or another one.")
@click.option("--hardness", type=click.Choice(["random", "near"]), default="random", show_default=True,
              help="Which other article: any, or one of the same section with words in common.")  # fmt: skip
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Of the choice of other articles.",
)
@click.option(
    "--replies/--no-replies",
    default=False,
    help="Take replies into cross pairs, with parents.",
)
@click.option(
    "--part",
    type=click.Choice(off_topic.PARTS),
    default="all",
    show_default=True,
    help="Of the article.",
)
@click.option("--conversation", type=click.IntRange(0, 50), default=0, show_default=True,
              help="Judge with up to this many on-topic comments before it.")  # fmt: skip
@_common
def relevance(
    articles: Path, comments: Path, label_column: str | None, cross_pairs: bool, hardness: str, seed: int,
    replies: bool, part: str, conversation: int, positive_at: float, limit: int | None, **how: Any,
) -> None:  # fmt: skip
    """Measure off-topic on articles with their comments."""
    if cross_pairs and label_column:
        raise click.UsageError("--cross-pairs and --label-column: choose one; labels by people are the better measure")
    known = off_topic.read_articles(articles, part=part)
    if cross_pairs:
        placed = off_topic.paired(comments, known, hardness=hardness, seed=seed, replies=replies, limit=limit)
    else:
        column = label_column or "label_offtopic"
        placed = off_topic.labelled(comments, known, column=column, positive_at=positive_at)
        placed = off_topic.sampled(placed, limit)
    language = None if how["language"] == "detect" else how["language"]
    loaded = _loaded(how["model"], Attribute.OFF_TOPIC)
    scored = _score(off_topic.tasks_of(placed, language=language, conversation=conversation), loaded, how)
    kept = _kept(scored, Attribute.OFF_TOPIC)
    labels, texts = [one.label for one in placed], [one.text for one in placed]
    measured = _measured(
        kept,
        labels,
        texts,
        off_topic.memberships_of(placed),
        scored,
        Attribute.OFF_TOPIC,
    )
    measured.rivals["nearest cosine"] = np.array([-(scored.answers[n].similarity or 0.0) for n in kept])
    of = [placed[number].article.article_id for number in kept]
    _say(
        "relevance",
        str(comments),
        Attribute.OFF_TOPIC,
        measured,
        scored,
        how,
        loaded.versions,
        groups=of,
    )


def _loaded(model: str, attribute: Attribute) -> Classifiers:
    try:
        loaded = _load(model)()
    except ClassifierError as error:
        raise click.ClickException(f"--model {model}: {error}") from None
    if attribute not in loaded.attributes:
        raise click.UsageError(f"--model {model} does not score {attribute}; it scores {', '.join(loaded.attributes)}")
    return loaded


def _load(model: str) -> Load:
    return Load(model, None if model == "compact" else settings.load().effective_cache_dir)


def _score(tasks: list[Task], loaded: Classifiers, how: dict[str, Any]) -> Scoring:
    with progress(sum(len(task.remarks) for task in tasks), "scored") as advance:
        return score_tasks(tasks, _load(how["model"]), here=loaded, processes=how["processes"], advance=advance)


def _kept(scored: Scoring, attribute: Attribute) -> list[int]:
    kept = [answer.number for answer in scored.answers if attribute in answer.values]
    if not kept:
        why = ", ".join(sorted({answer.why_not for answer in scored.answers}))
        raise click.UsageError(f"no comment could be scored: {why} (see --language)")
    return kept


def _measured(
    kept: list[int],
    labels: list[int],
    texts: list[str],
    of: dict[str, list[list[str]]],
    scored: Scoring,
    named: Attribute,
) -> Measured:
    some = np.array([labels[number] for number in kept])
    if len(set(some.tolist())) == 1:
        raise click.UsageError("the comments that could be scored are all of one label; both are needed")
    return Measured(
        labels=some,
        scores=np.array([scored.answers[number].values[named] for number in kept]),
        texts=[texts[number] for number in kept],
        memberships={kind: [per_row[number] for number in kept] for kind, per_row in of.items()},
    )


def _say(
    task: str, file: str, attribute: Attribute, measured: Measured, scored: Scoring, how: dict[str, Any],
    versions: dict[str, str], groups: list[str] | None = None, evasions: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    chosen = default_thresholds()[attribute]
    at = {"hold": chosen.hold_at, "reject": chosen.reject_at}
    thresholds = {name: value for name, value in at.items() if value is not None}
    measured = Measured(**{**vars(measured), "groups": groups})
    left_out = [answer for answer in scored.answers if attribute not in answer.values]
    record = {
        "task": task,
        "attribute": attribute.value,
        "file": Path(file).name,
        "model": how["model"],
        "versions": dict(versions),
        **figures(measured, thresholds),
        **({"evasions": evasions} if evasions else {}),
        "comments_per_second": round(len(scored.answers) / max(scored.seconds, 1e-6), 1),
        "processes": how["processes"],
        "not_scored": {
            "count": len(left_out),
            "why": sorted({one.why_not or "no score" for one in left_out}),
        },
    }
    if how["report"]:
        write_report(how["report"], record, measured)
    click.echo(json.dumps(record) if how["as_json"] else as_text(record))
