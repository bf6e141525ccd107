"""Fit the off-topic head on an encoder and write its folder: `python -m training.relevance_head --data DIR`.

The network is fitted on train articles: on comments moved between them and on comments read in place; calibration
and threshold come from the valid articles, which it never saw. Test articles are not read here. Seeds are fixed: the
same data and encoder give the same files.
"""

import argparse
import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from training.relevance_adverts import adverts
from training.relevance_background import advert_direction, digression_direction, make_background, without_their_own
from training.relevance_cases import Placement, made_up_cases, make_cases, neighbours
from training.relevance_corpus import SPAM_SOURCES, Thread, read_headlines, read_threads
from training.relevance_digressions import Read, read_comments
from training.relevance_embed import Store, open_encoder
from training.relevance_network import Network, fit_network
from training.relevance_reactions import generic_reactions
from training.relevance_rows import rows_of, texts_of
from workers.classifiers.model_files import MANIFEST
from workers.classifiers.relevance.features import FEATURES, Background
from workers.classifiers.relevance.head import ADVERT_PLACES, HEAD, WORDS, adverts_among, calibrated, either, how_known
from workers.classifiers.relevance.words import read_words

VERSION = "3"
PREVALENCE = 0.2  # the share of off-topic comments that the probabilities assume
FALSE_ALARMS, FALSE_ALARMS_SHORT, SHORT = (
    0.015,
    0.03,
    80,
)  # aims 2 % and 4 %, with a margin for other articles
ENOUGH = 500  # draws for a threshold by false alarms: of fewer, a handful of comments would decide
AT_MOST = 12  # draws of one article that calibration counts: two loud articles are not what all are like
ADVERTS = 0.03  # the share of adverts that their probability assumes
READ = 0.6  # what comments read in place count, of what moved ones do, on either side
NEAR = 0.15  # weight of a comment moved to a near article: half of those might be said there too
LIKENESS = FEATURES.index("digression_likeness")
DRAWS = {
    "train": 10,
    "valid": 4,
}  # ways in which each comment is offered: other shapes, other articles; the vectors are the same
MADE_UP = {"train": 6_000, "valid": 150}


@dataclass(frozen=True)
class Calibration:
    """Platt scaling of the logit, a row for each way an article can be known, and the threshold found with it."""

    platt: np.ndarray
    hold: float


@dataclass(frozen=True)
class ReadOnce:
    """Comments that were read, each once: its article, its text, its vector (n, dim) and whether it digresses."""

    articles: Sequence[str]
    texts: Sequence[str]
    vectors: np.ndarray
    digress: np.ndarray


def main() -> None:
    """Fit, calibrate and write; say the choices on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds relevance/")
    parser.add_argument(
        "--encoder",
        type=Path,
        default=Path("workers/models/compact"),
        help="folder of the encoder",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("workers/models/relevance"),
        help="folder to write",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of the encoder")
    given = parser.parse_args()
    encode, sha256 = open_encoder(given.encoder, threads=given.threads)
    embed = Store(encode, sha256)
    threads = read_threads(given.data)
    train, valid = ([thread for thread in threads if thread.split == side] for side in ("train", "valid"))
    read = list(read_comments(given.data, "train", every_shape=True))
    embed.fill(texts_of([one.case for one in read]))
    once = each_once(read, embed)
    background = fit_background(train, once, read_headlines(given.data), embed)
    moved = cases_for(train, embed, side="train")
    cases = [*moved, *(one.case for one in read)]
    rows = rows_of(cases, embed, background)
    advert = fit_adverts(moved, rows[: len(moved)])
    forget_themselves(rows, cases, once)
    network = fit_network(rows, labels(cases), fitting_weights(moved, cases, background))
    kept = cases_for(valid, embed, side="valid")
    rows = rows_of(kept, embed, background)
    calibration = calibrate(kept, rows, network.logits(rows), weights(kept, background), adverts_among(rows, advert))
    print(f"holds from {calibration.hold}, Platt {calibration.platt.round(3).tolist()}", file=sys.stderr)
    write(given.out, network, advert, background, calibration, encoder=sha256)


def cases_for(threads: Sequence[Thread], embed: Store, *, side: str) -> list[Placement]:
    """Make the cases of one side and see to it that every text in them has its vector."""
    embed.fill(thread.article.title for thread in threads)
    hard = neighbours(threads, embed)
    found = [case for seed in range(DRAWS.get(side, 1)) for case in make_cases(threads, hard, seed=seed)]
    found += made_up_cases(threads, seed=0, count=MADE_UP.get(side, 300), held_out=side == "test")
    embed.fill(texts_of(found))
    return found


def fit_background(
    train: Sequence[Thread], read: ReadOnce, headlines: Sequence[tuple[str, str]], embed: Store
) -> Background:
    """Make the background from train articles, their comments, those read and articles without comments."""
    talk = [thread for thread in train if thread.source not in SPAM_SOURCES]
    titles = [thread.article.title for thread in talk] + [title for title, _ in headlines[::4]]
    comments = [comment.text for thread in talk for comment in thread.comments]
    texts = [comment.text for thread in train for comment in thread.comments]
    texts += [f"{thread.article.title} {thread.article.body}" for thread in train]
    texts += [f"{title} {body}" for title, body in headlines]
    spam = [comment.text for thread in train for comment in thread.comments if comment.spam]
    spam += [text for family in adverts(held_out=False) for text in family[:: max(1, len(family) // 24)]]
    said = [comment.text for thread in train for comment in thread.comments if not comment.spam]
    said += generic_reactions(held_out=False)
    embed.fill([*titles, *comments, *spam, *said])
    directions = {
        "adverts": advert_direction(spam, said, embed),
        "digressions": digression_direction(read.vectors, read.digress),
    }
    return make_background(titles, comments, texts, embed, **directions)


def each_once(read: Sequence[Read], embed: Store) -> ReadOnce:
    """Return the comments of `read` without their repetitions in other shapes of the article."""
    found = {(one.article_id, one.case.text): one.case.off_topic for one in read}
    articles, texts = zip(*found, strict=True)
    return ReadOnce(articles, texts, np.stack([embed(text) for text in texts]), np.array(list(found.values())))


def forget_themselves(rows: np.ndarray, cases: Sequence[Placement], read: ReadOnce) -> None:
    """Replace, wherever a comment that was read occurs, its likeness to digressions by what others' direction gives."""
    likeness = dict(zip(read.texts, without_their_own(read.vectors, read.digress, read.articles), strict=True))
    for number, case in enumerate(cases):
        if case.text in likeness:
            rows[number, LIKENESS] = likeness[case.text]


def labels(cases: Sequence[Placement]) -> np.ndarray:
    """Return 1 for off-topic, 0 for on-topic."""
    return np.array([case.off_topic for case in cases], dtype=np.float64)


def weights(cases: Sequence[Placement], background: Background) -> np.ndarray:
    """Return how much each case counts: a short remark moved to another article is hardly off-topic there."""
    found = np.ones(len(cases))
    for number, case in enumerate(cases):
        if case.kind in ("random", "near", "far"):
            content = len(read_words(case.text, background.idf, background.rarest).rarity)
            sure = 0.5 if content <= 2 else 0.9 if content <= 5 else 1.0
            found[number] = sure * (NEAR if case.kind == "near" else 1.0)
    return found


def fitting_weights(moved: Sequence[Placement], cases: Sequence[Placement], background: Background) -> np.ndarray:
    """Return weights of `cases`, which begin with `moved`: the rest, read in place, count READ of those."""
    found, wrong = weights(cases, background), labels(cases) == 1
    read = np.arange(len(cases)) >= len(moved)
    for side in (wrong, ~wrong):
        found[read & side] = READ * found[~read & side].sum() / max(1, (read & side).sum())
    return found


def fit_adverts(cases: Sequence[Placement], rows: np.ndarray) -> np.ndarray:
    """Return weights and bias over ADVERT_FEATURES that separate adverts from comments that belong under their article.

    A network over all features misses many an advert, as one that mentions the article's subject is near to it.
    """
    kinds = np.array([case.kind for case in cases])
    used = np.isin(kinds, ("own", "generic", "advert", "spam"))
    advert = np.isin(kinds[used], ("advert", "spam"))
    each = np.where(advert, ADVERTS * used.sum() / advert.sum(), (1 - ADVERTS) * used.sum() / (~advert).sum())
    fitted = LogisticRegression(C=1e3, max_iter=3000).fit(rows[used][:, ADVERT_PLACES], advert, each)
    return np.append(fitted.coef_[0], fitted.intercept_[0])


def calibrate(
    cases: Sequence[Placement], rows: np.ndarray, logits: np.ndarray, counted: np.ndarray, adverts: np.ndarray
) -> Calibration:
    """Fit Platt scaling at PREVALENCE and choose the threshold that keeps false alarms under their aims.

    `adverts` are the probabilities of being an advert, which count beside those that come of `logits`. Both aims hold
    in every shape of article apart that has ENOUGH comments, so that title-only articles do not pay for the others.
    """
    wrong = labels(cases) == 1
    titles = [case.article.title for case in cases]
    drawn = Counter(title for title, case in zip(titles, cases, strict=True) if case.kind == "own")
    each = np.array([min(1.0, AT_MOST / max(1, drawn[title])) for title in titles])
    counted, known = counted * each, how_known(rows)
    platt = np.array([_platt(*(of[known == way] for of in (logits, wrong, counted))) for way in range(3)])
    scores = either(calibrated(logits, rows, platt), adverts)
    real = np.array([case.kind == "own" for case in cases])
    short = np.array([len(case.text) < SHORT for case in cases])
    shapes = np.array([case.shape for case in cases])
    needed = []
    for among in (real, *(real & (shapes == shape) for shape in np.unique(shapes))):
        for some, allowed in ((among, FALSE_ALARMS), (among & short, FALSE_ALARMS_SHORT)):
            if each[some].sum() >= ENOUGH:
                needed.append(_quantile(scores[some], each[some], 1 - allowed))
    return Calibration(platt, math.ceil(max(needed) * 100) / 100)


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, share)])


def _platt(logits: np.ndarray, wrong: np.ndarray, counted: np.ndarray) -> tuple[float, float]:
    whole = np.where(wrong, counted[wrong].sum(), counted[~wrong].sum())
    share = counted / whole * np.where(wrong, PREVALENCE, 1 - PREVALENCE) * len(logits)
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], wrong, sample_weight=share)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def write(
    out: Path,
    network: Network,
    advert: np.ndarray,
    background: Background,
    calibration: Calibration,
    *,
    encoder: str,
) -> None:
    """Write head, words and manifest; the manifest names the encoder the head was fitted on."""
    out.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {
        "middle": network.middle,
        "scale": network.scale,
        "straight": network.straight,
        "layers": np.array(len(network.layers)),
        "platt": calibration.platt,
        "subjects": background.subjects.astype(np.float16),
        "remarks": background.remarks.astype(np.float16),
        "advert_direction": background.adverts,
        "digression_direction": background.digressions,
        "advert_weights": advert,
        "rarest": np.array(background.rarest),
    }
    for number, (weight, bias) in enumerate(network.layers):
        arrays[f"weights{number}"], arrays[f"bias{number}"] = weight, bias
    np.savez(out / HEAD, allow_pickle=False, **arrays)
    (out / WORDS).write_text(
        json.dumps(background.idf, ensure_ascii=False, separators=(",", ":")) + "\n",
        "utf-8",
    )
    manifest = {
        "version": VERSION,
        "encoder": encoder,
        "features": FEATURES,
        "thresholds": {"hold": calibration.hold},
        "files": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in (HEAD, WORDS)},
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
