"""Cases to fit and measure the off-topic head on: a comment under an article, with or without parent and conversation.

On-topic: a real comment under its own article. Off-topic: the same comment under another article (a random one, a hard
neighbour, or one of another source), and adverts labelled as spam by people or written by us. A reply moved to another
article answers a comment from there, so that having a parent says nothing about the label.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.relevance_adverts import adverts
from training.relevance_corpus import SPAM_SOURCES, Comment, Thread
from training.relevance_reactions import generic_reactions
from workers.classifiers.base import ArticleText

Vector = np.ndarray


@dataclass(frozen=True)
class Placement:
    """A comment in place under an article; `kind` says how the case was made, `shape` what the article offers."""

    text: str
    article: ArticleText
    parent_text: str | None
    conversation: tuple[str, ...]
    off_topic: bool
    kind: str  # own, random, near, far, spam, advert, generic
    shape: str
    source: str


@dataclass(frozen=True)
class Neighbours:
    """For each thread, the others of its source ordered from hard (same section and week, near title) to easy."""

    near: dict[str, list[Thread]]


def shapes_of(article: ArticleText) -> list[str]:
    """Return in which shapes an article can be offered: always as title, and more where it has more."""
    return [
        "title",
        *(["summary"] if article.key_points or article.body else []),
        *(["body"] if article.body else []),
    ]


def offered(article: ArticleText, shape: str) -> ArticleText:
    """Return `article` with only what `shape` shows; a summary is the key points, or 300 characters of the body."""
    if shape == "title":
        return replace(article, key_points=(), body="")
    if shape == "summary":
        lead = article.body[:300].rsplit(" ", 1)[0]
        return replace(article, key_points=article.key_points or (lead,), body="")
    return article


def neighbours(
    threads: Sequence[Thread],
    embed: Callable[[str], Vector],
    *,
    same_event: float = 0.7,
) -> Neighbours:
    """Find up to 12 hard neighbours each: same source, nearest titles first, the same section and month preferred.

    Titles nearer than `same_event` (cosine) are left out: a comment on one may well be on-topic under the other.
    """
    near: dict[str, list[Thread]] = {}
    for source in sorted({thread.source for thread in threads}):
        group = [thread for thread in threads if thread.source == source]
        titles = np.stack([embed(thread.article.title) for thread in group])
        cosines = titles @ titles.T
        for place, thread in enumerate(group):
            bonus = np.array([0.1 * (other.group == thread.group) for other in group])
            allowed = (cosines[place] < same_event) & (np.arange(len(group)) != place)
            order = np.argsort(-(cosines[place] + bonus))
            near[_name(thread)] = [group[other] for other in order if allowed[other]][:12]
    return Neighbours(near)


def make_cases(threads: Sequence[Thread], hard: Neighbours, *, seed: int) -> Iterator[Placement]:
    """Yield cases from `threads`, each real comment once in place and once or twice moved; the seed fixes all."""
    by_source = {source: [t for t in threads if t.source == source] for source in {t.source for t in threads}}
    talk = [thread for thread in threads if thread.source not in SPAM_SOURCES]
    for thread in threads:
        draw = _random(seed, _name(thread))
        for comment in thread.comments:
            if comment.spam:
                yield _case(comment, draw.choice([thread, draw.choice(talk)]), "spam", draw)
                continue
            yield _case(comment, thread, "own", draw)
            if thread.source == "youtube_spam":
                continue  # a comment under a song fits any song
            yield _case(
                comment,
                draw.choice(by_source[thread.source]),
                "random",
                draw,
                avoid=thread,
            )
            near = hard.near[_name(thread)]
            if near:
                yield _case(comment, draw.choice(near), "near", draw, avoid=thread)
            if draw.random() < 0.3:
                yield _case(comment, draw.choice(talk), "far", draw, avoid=thread)


def made_up_cases(threads: Sequence[Thread], *, seed: int, count: int, held_out: bool) -> Iterator[Placement]:
    """Yield `count` adverts and `count` generic reactions of our own writing under random articles."""
    draw = _random(seed, "made up")
    for kind, families in (
        ("advert", adverts(held_out=held_out)),
        ("generic", [generic_reactions(held_out=held_out)]),
    ):
        for _ in range(count):
            yield _case(Comment(draw.choice(draw.choice(families))), draw.choice(threads), kind, draw)


def _case(
    comment: Comment,
    thread: Thread,
    kind: str,
    draw: random.Random,
    avoid: Thread | None = None,
) -> Placement:
    own = kind == "own"
    if avoid is not None and thread is avoid:
        kind, own = "own", True
    shape = draw.choice(shapes_of(thread.article))
    others = [other.text for other in thread.comments if other.text != comment.text and not other.spam]
    talk = draw.sample(others, min(len(others), draw.randint(1, 12))) if draw.random() < 0.35 else []
    parent = comment.parent_text if own else None
    if not own and others and draw.random() < (0.8 if comment.parent_text else 0.1):
        parent = draw.choice(others)
    return Placement(
        text=comment.text,
        article=offered(thread.article, shape),
        parent_text=parent,
        conversation=tuple(text for text in talk if text != parent),
        off_topic=not own and kind != "generic",
        kind=kind,
        shape=shape,
        source=thread.source,
    )


def _name(thread: Thread) -> str:
    return f"{thread.source}:{thread.article_id}"


def _random(seed: int, name: str) -> random.Random:
    return random.Random(hashlib.sha256(f"{seed}:{name}".encode()).digest())
