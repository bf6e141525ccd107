"""Measure the off-topic classifier on articles not trained on: `python -m training.relevance_measure --data DIR`.

Prints the tables of the model's card; `--card FILE` replaces them there. The comments are those under articles of the
test side of training/splits.py. Intervals resample articles. The baseline is the plain nearest cosine of one encoder.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service.moderation.insight.intervals import Share
from training.relevance_cases import Neighbours, Placement, made_up_cases, neighbours, offered, shapes_of
from training.relevance_corpus import SPAM_SOURCES, Comment, Thread, read_threads
from training.relevance_digressions import read_comments
from training.relevance_embed import Store, open_encoder, open_plain_encoder
from training.relevance_rows import rows_of, texts_of
from training.splits import Split
from workers.classifiers.relevance.features import FEATURES
from workers.classifiers.relevance.head import load_head
from workers.classifiers.relevance.index import centre
from workers.classifiers.relevance.passages import passages
from workers.evaluate.metrics import at_threshold, auc, caught_at

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
SHORT, LONG = 80, 500
FEWEST = 15  # of either kind: a slice with fewer says too little
REAL = (
    "title",
    "summary",
    "body",
    "reply with parent, title only",
)  # slices whose own comments are as people wrote them
THREADS, READ = "Reddit and newspaper threads", "comments in place, read three times by a language model"
ARGUED = "arguable"
DIGRESSIONS, DIGRESSIONS_ONCE = "real digressions, read three times", "real digressions, read once, replies too"
NEAREST = FEATURES.index("nearest")


@dataclass(frozen=True)
class Placed:
    """A case with the slice it is reported in and the article whose comments are resampled together."""

    case: Placement
    slice: str
    article: str


def main() -> None:
    """Measure and print, or write into the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds relevance/")
    parser.add_argument("--encoder", type=Path, default=Path("workers/models/compact"))
    parser.add_argument("--model", type=Path, default=Path("workers/models/relevance"))
    parser.add_argument("--baseline", action="store_true", help="also the nearest cosine of MiniLM as published")
    parser.add_argument("--previous", type=Path, help="what --scores of an earlier version wrote: a column of its own")
    parser.add_argument("--side", choices=("valid", "test"), default="test", help="valid chooses, test is for the card")
    parser.add_argument("--card", type=Path, help="card.md whose figures are replaced")
    parser.add_argument("--scores", type=Path, help="JSON file to write the scores to, for a later version to compare")
    given = parser.parse_args()
    head = load_head(given.model)
    embed = Store(*open_encoder(given.encoder))
    threads = [thread for thread in read_threads(given.data) if thread.split == given.side]
    embed.fill(thread.article.title for thread in threads)
    placed = [*place(threads, neighbours(threads, embed)), *read(given.data, given.side)]
    cases = [one.case for one in placed]
    embed.fill(texts_of(cases))
    rows = rows_of(cases, embed, head.background)
    scores = np.array([head.probabilities(row)[0] for row in rows])
    if given.scores:
        kept = {"version": head.version, "scores": [round(score, 5) for score in scores.tolist()]}
        given.scores.write_text(json.dumps(kept), "utf-8")
    rivals = {"nearest cosine, same encoder": -rows[:, NEAREST], **centred(cases, embed)}
    if given.previous:
        earlier = json.loads(given.previous.read_text("utf-8"))
        if len(earlier["scores"]) != len(cases):
            raise SystemExit(f"{given.previous}: {len(earlier['scores'])} scores, must be {len(cases)}; measure again")
        rivals |= {f"version {earlier['version'].split('-')[0]}": np.array(earlier["scores"])}
    if given.baseline:
        plain = Store(*open_plain_encoder())
        plain.fill(texts_of(cases))
        rivals["nearest cosine, plain MiniLM"] = -rows_of(cases, plain, head.background)[:, NEAREST]
    text = tables(placed, scores, rivals, hold=head.thresholds["hold"], version=head.version)
    if given.card:
        written = given.card.read_text("utf-8")
        before, _, rest = written.partition(BEGIN)
        given.card.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")
        _tell(given.model / "manifest.json", trust(placed, scores, hold=head.thresholds["hold"]))
    else:
        print(text)


def centred(cases: Sequence[Placement], embed: Store) -> dict[str, np.ndarray]:
    """Return what plain nearness says of each case where the mean of all passages and of all comments is subtracted.

    Nothing is fitted: the means are those of the very texts that are measured, whatever their labels.
    """
    articles = {case.article: np.stack([embed(piece.text) for piece in passages(case.article)]) for case in cases}
    comments = {case.text: embed(case.text) for case in cases}
    middle, remark = np.concatenate(list(articles.values())).mean(axis=0), np.mean(list(comments.values()), axis=0)
    articles = {article: _from(middle, vectors) for article, vectors in articles.items()}
    comments = {text: _from(remark, vector) for text, vector in comments.items()}
    near = [articles[case.article] @ comments[case.text] for case in cases]
    whole = [centre(articles[case.article]) @ comments[case.text] for case in cases]
    return {
        "three nearest, centred": -np.array([np.sort(of)[-3:].mean() for of in near]),
        "whole article, centred": -np.array(whole),
    }


def _from(mean: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    seen = vectors - mean
    return np.asarray(seen / np.maximum(np.linalg.norm(seen, axis=-1, keepdims=True), 1e-6))


def trust(placed: Sequence[Placed], scores: np.ndarray, *, hold: float) -> list[dict[str, object]]:
    """Return what the console shows: a question, its answer with a 95 % interval, and on how many comments."""
    names = np.array([one.slice for one in placed])
    labels = np.array([one.case.off_topic for one in placed]).astype(int)
    groups = np.array([one.article for one in placed])
    found: list[dict[str, object]] = []
    asked = (
        ("title", "Does it tell comments that belong elsewhere, knowing only the title?", THREADS),
        ("body", "Does it tell comments that belong elsewhere, knowing the whole article?", THREADS),
        (DIGRESSIONS, "Does it notice when readers digress?", READ),
    )
    for name, question, on in asked:
        among = names == name
        area = auc(labels[among], scores[among], groups[among].tolist())
        low, high, value = round(area.low, 3), round(area.high, 3), round(area.value, 3)
        found.append(
            {"question": question, "unit": "auc", "value": value, "low": low, "high": high, "count": int(among.sum()),
             "on": on}
        )  # fmt: skip
    strayed = scores[(names == DIGRESSIONS) & (labels == 1)]
    held = _share("How many of their digressions does it hold by default?", strayed >= hold)
    found.append({**held, "on": READ})
    real = [(one, score) for one, score in zip(placed, scores, strict=True) if one.case.kind == "own"]
    real = [(one, score) for one, score in real if one.slice in REAL]
    for words, longest in (("on-topic comments", 10**9), (f"on-topic comments under {SHORT} characters", SHORT)):
        kept = np.array([float(score) < hold for one, score in real if len(one.case.text) < longest])
        found.append({**_share(f"Does it leave {words} alone?", kept), "on": THREADS})
    return found


def _share(question: str, held: np.ndarray) -> dict[str, object]:
    record = Share(int(held.sum()), len(held)).as_record()
    interval = {name: round(record[name] or 0.0, 3) for name in ("value", "low", "high")}
    return {"question": question, "unit": "share", **interval, "count": len(held)}


def _tell(path: Path, figures: list[dict[str, object]]) -> None:
    manifest = {**json.loads(path.read_text("utf-8")), "figures": figures}
    path.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def place(threads: Sequence[Thread], hard: Neighbours) -> Iterator[Placed]:
    """Yield every test comment under its own article and under others, slice by slice."""
    draw = random.Random(0)
    talk = [thread for thread in threads if thread.source not in SPAM_SOURCES]
    for thread in talk:
        others = [other for other in talk if other.source == thread.source and other is not thread]
        others = others or [other for other in talk if other is not thread]
        near = hard.near[f"{thread.source}:{thread.article_id}"]
        for comment in thread.comments:
            if comment.parent_text:
                yield from _pair(comment, thread, draw.choice(others), "reply with parent, title only", "title", draw)
                continue
            for shape in shapes_of(thread.article):
                yield from _pair(comment, thread, draw.choice(others), shape, shape, draw)
                if near:
                    yield from _pair(comment, thread, draw.choice(near), f"{shape}, near article", shape, draw)
            yield from _pair(
                comment, thread, draw.choice(others), "with conversation, title only", "title", draw, talk=8
            )
    for thread in threads:
        for comment in thread.comments:
            if comment.spam:
                yield Placed(_case(comment, thread, "title", off_topic=True, kind="spam"), "spam", thread.article_id)
            elif comment.spam is False:
                yield Placed(_case(comment, thread, "title", off_topic=False, kind="own"), "spam", thread.article_id)
    for case in made_up_cases(talk, seed=1, count=300, held_out=True):
        plain = replace(case, parent_text=None, conversation=())
        yield Placed(plain, "made-up adverts against generic reactions", case.article.title)


def read(data: Path, side: Split) -> Iterator[Placed]:
    """Yield the comments under articles of a side that were read in place."""
    for one in read_comments(data, side, argued=True):
        name = DIGRESSIONS if one.readings > 1 else DIGRESSIONS_ONCE
        yield Placed(one.case, ARGUED if one.case.kind == "argued" else name, one.article_id)


def _pair(
    comment: Comment, thread: Thread, other: Thread, name: str, shape: str, draw: random.Random, *, talk: int = 0
) -> Iterator[Placed]:
    for under in (thread, other):
        own = under is thread
        if shape not in shapes_of(under.article):
            shape = "title"
        said = [one.text for one in under.comments if one.text != comment.text]
        case = _case(comment, under, shape, off_topic=not own, kind="own" if own else "other")
        if comment.parent_text and not own:
            case = replace(case, parent_text=draw.choice(said) if said else None)
        if talk:
            case = replace(case, conversation=tuple(draw.sample(said, min(talk, len(said)))))
        yield Placed(case, name, under.article_id)


def _case(comment: Comment, under: Thread, shape: str, *, off_topic: bool, kind: str) -> Placement:
    parent = comment.parent_text if kind == "own" else None
    return Placement(comment.text, offered(under.article, shape), parent, (), off_topic, kind, shape, under.source)


def tables(
    placed: Sequence[Placed], scores: np.ndarray, rivals: dict[str, np.ndarray], *, hold: float, version: str
) -> str:
    """Return the card's tables as Markdown."""
    names = np.array([one.slice for one in placed])
    labels = np.array([one.case.off_topic for one in placed]).astype(int)
    sources = np.array([one.case.source for one in placed])
    groups = np.array([one.article for one in placed])
    lines = [f"Classifier version {version}, hold threshold {hold}; areas with 95 % intervals.", ""]
    columns = ["slice", "n", "area under ROC", "caught at 2 % false alarms", "at the threshold: false alarms, recall"]
    columns += [f"{name}: area, caught" for name in rivals]
    lines += [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    ordered = list(dict.fromkeys(names.tolist()))
    lengths = np.array([len(one.case.text) for one in placed])
    slices = [(name, names == name) for name in ordered]
    slices += [(f"{name}, {LONG} characters and more", (names == name) & (lengths >= LONG))
               for name in ("title", "summary", "body")]  # fmt: skip
    slices += [(f"{name}: {source}", (names == name) & (sources == source))
               for name in ("title", "summary", "body", "spam") for source in sorted(set(sources))]  # fmt: skip
    for name, among in slices:
        some = labels[among]
        if min(some.sum(), len(some) - some.sum()) < FEWEST:
            continue
        area = auc(some, scores[among], groups[among].tolist())
        at = at_threshold(some, scores[among], hold)
        cells = [name, f"{len(some):,}", f"{area.value:.3f} ({area.low:.3f} to {area.high:.3f})"]
        cells += [f"{caught_at(some, scores[among], 0.02):.0%}", f"{at['false_alarms']:.1%}, {at['recall']:.0%}"]
        for rival in rivals.values():
            plain = auc(some, rival[among], groups[among].tolist())
            cells.append(f"{plain.value:.3f}, {caught_at(some, rival[among], 0.02):.0%}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_false_alarms(placed, scores, hold), "", *_as_they_stand(placed, scores, hold)])


def _as_they_stand(placed: Sequence[Placed], scores: np.ndarray, hold: float) -> list[str]:
    """Return what is held of every comment that was read, each once, the article as fully as known."""
    lines = ["| comments in place, as read | n | held |", "|---|---|---|"]
    read = [one.slice in (DIGRESSIONS, DIGRESSIONS_ONCE, ARGUED) for one in placed]
    for name, kinds in (("belonging", ("own",)), (ARGUED, ("argued",)), ("digressing", ("digression",)), ("all", ())):
        some = np.array(
            [among and (not kinds or one.case.kind in kinds) for one, among in zip(placed, read, strict=True)]
        )
        if some.any():
            lines.append(f"| {name} | {some.sum():,} | {(scores[some] >= hold).mean():.1%} |")
    return lines


def _false_alarms(placed: Sequence[Placed], scores: np.ndarray, hold: float) -> list[str]:
    real = [(one, score) for one, score in zip(placed, scores, strict=True) if one.case.kind == "own"]
    real = [(one, score) for one, score in real if one.slice in REAL]
    lines = ["| real on-topic comments | n | false alarms |", "|---|---|---|"]
    bands = (
        ("all", 0, 10**9),
        ("under 80 characters", 0, SHORT),
        ("80 to 199", SHORT, 200),
        ("200 to 499", 200, 500),
        ("500 and more", 500, 10**9),
    )
    for name, low, high in bands:
        of = [score >= hold for one, score in real if low <= len(one.case.text) < high]
        if of:
            lines.append(f"| {name} | {len(of):,} | {sum(of) / len(of):.1%} |")
    for shape in ("title", "summary", "body"):
        for name, low, high in bands[:2]:
            of = [score >= hold for one, score in real if one.case.shape == shape and low <= len(one.case.text) < high]
            if of:
                lines.append(f"| {shape}: {name} | {len(of):,} | {sum(of) / len(of):.1%} |")
    return lines


if __name__ == "__main__":
    main()
