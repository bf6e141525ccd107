"""Comments under their own article and under another one, for a site without labels of what is off-topic.

Easier than what people call off-topic, unless the other article is a near one: so the hardness is a choice, and the
kind of pair is a slice. Comments that are replies are left out unless asked for, because a reply says little without
its parent; moved, it then answers a comment of the other article, so that having a parent tells nothing.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import click

from workers.classifiers.base import ArticleText

NEAR = 12  # neighbours a hard pair is drawn from
SAME_EVENT = 0.6  # share of title words in common from which a comment may be on-topic under both
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class Article:
    """An article of the file; `group` is its section (or source), where the hardest others are."""

    article_id: str
    text: ArticleText
    group: str = ""


@dataclass(frozen=True)
class Placed:
    """A comment as it is measured: under which article, with which parent; `label` 1 is off-topic."""

    text: str
    article: Article
    label: int
    kind: str
    parent_text: str | None = None


@dataclass(frozen=True)
class Remarked:
    """A comment of the file with its own article."""

    text: str
    article: Article
    parent_text: str | None = None


def cross_pairs(comments: Sequence[Remarked], *, hardness: str, seed: int) -> list[Placed]:
    """Return every comment twice: on-topic under its own article, off-topic under another (`random` or `near`)."""
    articles = list({comment.article.article_id: comment.article for comment in comments}.values())
    if len(articles) < 2:
        raise click.UsageError("--cross-pairs: the comments are all under one article; at least two are needed")
    draw = random.Random(seed)  # noqa: S311 - a choice of pairs, not a secret
    near = _near(articles) if hardness == "near" else {}
    parents: dict[str, list[str]] = {}
    for comment in comments:
        parents.setdefault(comment.article.article_id, []).append(comment.text)
    placed = []
    for comment in comments:
        choices = near.get(comment.article.article_id) or articles
        other = draw.choice(choices)
        while other is comment.article:
            other = draw.choice(articles)
        moved_parent = draw.choice(parents[other.article_id]) if comment.parent_text else None
        placed.append(Placed(comment.text, comment.article, 0, "own article", comment.parent_text))
        placed.append(Placed(comment.text, other, 1, f"{hardness} article", moved_parent))
    return placed


def _near(articles: Sequence[Article]) -> dict[str, list[Article]]:
    """Return for each article the others whose titles share the rarest words with its own, same section preferred."""
    words = [set(_WORD.findall(article.text.title.lower())) for article in articles]
    seen = Counter(word for some in words for word in some)
    rarity = {word: 1.0 / times for word, times in seen.items()}
    found: dict[str, list[Article]] = {}
    for place, article in enumerate(articles):
        ranked = []
        for other, candidate in enumerate(articles):
            shared = words[place] & words[other]
            if other == place or len(shared) >= SAME_EVENT * max(1, min(len(words[place]), len(words[other]))):
                continue
            bonus = 0.2 if article.group and candidate.group == article.group else 0.0
            ranked.append(
                (
                    sum(rarity[word] for word in shared) + bonus,
                    -abs(other - place),
                    other,
                )
            )
        ranked.sort(reverse=True)
        found[article.article_id] = [articles[other] for *_, other in ranked[:NEAR]]
    return found
