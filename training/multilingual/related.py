"""The part of the training that is about subjects: which comment belongs to which title, whatever the language.

Batches come from English threads, from Korean news comments with their titles, and from sentences in two of eleven
languages. Every other right side of a batch is a negative. The vectors are held near the published encoder's, on the
batch and on texts of languages without pairs, so that what it knows of those stays.
"""

import copy
import random
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from training import pairs
from training.encoder import pad
from training.multilingual.encoder import Multilingual
from training.multilingual.rows import Row
from training.splits import Split, article_split

SIZE, KEPT_NEAR = 20, 8  # pairs of a batch, and texts that only have to stay where they were
KINDS = {"english": 0.4, "korean": 0.3, "translations": 0.3}
TEMPERATURE, DISTIL = 0.05, 1.0
FEWEST_LETTERS = 16  # of a Korean comment: shorter ones are exclamations
TOGETHER = 24  # texts of like length per pass

Pairs = list[tuple[str, str]]


def korean(data: Path, split: Split) -> pd.DataFrame:
    """Return Korean comments with the title above them, whose titles fall on the side `split`."""
    table = pd.read_csv(data / "multilingual" / "ko_news_pairs.csv.gz").dropna()
    table = table[table["text"].str.len() >= FEWEST_LETTERS]
    return table[[article_split("ko_news_pairs", title) == split for title in table["title"]]]


def translations(data: Path) -> list[list[str]]:
    """Return sentences, each as the list of its translations."""
    return pd.read_csv(data / "multilingual" / "translations_stsb.csv.gz").dropna().to_numpy().tolist()


def batches(data: Path, rng: random.Random) -> Iterator[Pairs]:
    """Yield batches of pairs for ever, each of one kind; a batch holds each title once."""
    english = pairs.batches(pairs.threads(data, "train"), SIZE, rng)
    titles = korean(data, "train").groupby("title")["text"].agg(list)
    under, sentences = list(titles.items()), translations(data)
    while True:
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "english":
            yield next(english)
        elif kind == "korean":
            yield [(rng.choice(comments), title) for title, comments in rng.sample(under, SIZE)]
        else:
            first, second = rng.sample(range(len(sentences[0])), 2)
            yield [(row[first], row[second]) for row in rng.sample(sentences, SIZE)]


class Losses:
    """InfoNCE within a batch, and the distance from the vectors of the encoder as it was published."""

    def __init__(self, published: Multilingual, tokenizer: Tokenizer, rows: list[Row]) -> None:
        self._teacher = copy.deepcopy(published).eval().requires_grad_(False)
        self._tokenizer, self._rows = tokenizer, rows

    def of(self, model: Multilingual, chosen: Pairs, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Return the contrast of the pairs and the distance (1 - cosine) of all texts from where they were."""
        near = [row.text for row in rng.sample(self._rows, min(KEPT_NEAR, len(self._rows)))]
        texts = [comment for comment, _ in chosen] + [title for _, title in chosen] + near
        sequences = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(sequences)), key=lambda place: len(sequences[place]))
        passes = [order[start : start + TOGETHER] for start in range(0, len(order), TOGETHER)]
        padded = [pad([sequences[place] for place in places]) for places in passes]
        back = torch.tensor(order).argsort()
        vectors = torch.cat([model(*batch)[1].float() for batch in padded])[back]
        with torch.no_grad():
            before = torch.cat([self._teacher(*batch)[1].float() for batch in padded])[back]
        with torch.autocast("cpu", enabled=False):
            comments, titles = vectors[: len(chosen)], vectors[len(chosen) : 2 * len(chosen)]
            return contrast(comments, titles), (1 - (vectors * before).sum(-1)).mean()


def contrast(comments: Tensor, titles: Tensor) -> Tensor:
    """Return InfoNCE in both directions over unit vectors, one pair per row."""
    similarity = comments @ titles.T / TEMPERATURE
    target = torch.arange(len(comments))
    there = nn.functional.cross_entropy(similarity, target)
    return (there + nn.functional.cross_entropy(similarity.T, target)) / 2
