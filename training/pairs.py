"""Comment-and-article pairs of the train articles, for the contrastive half of the joint training.

A batch holds each article once, so that every other article in it is a true negative, and comes from one source:
across sources the way in which people write gives the article away, and what a comment is about need not be learnt.
Half of the batches take neighbours (same section and week), which are the hard ones. Comments under six words teach
nothing about what an article is about and are left out.
"""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.notices import is_notice
from training.splits import Split, article_split

SOURCES = ("neutralnews_modlog", "reddit_headlines2015", "wsj_2022", "fox_news", "datacamp_comments")
SHARES = {  # of the batches; fox_news has too few articles to make one
    "neutralnews_modlog": 4.0,
    "reddit_headlines2015": 4.0,
    "wsj_2022": 1.0,
    "bbc": 0.7,
    "fnc1": 0.7,
    "datacamp_comments": 0.3,  # tutorials on one subject
}


@dataclass(slots=True)
class Thread:
    """One article with what readers wrote under it; `replies` are (parent, reply) pairs."""

    source: str
    order: tuple[str, ...]
    title: str
    points: list[str]
    body: str
    comments: list[str] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)


def threads(data: Path, split: Split) -> list[Thread]:
    """Return the articles of one side that have anything to pair, neighbours next to each other."""
    found = [thread for source in SOURCES for thread in _discussed(data, source, split)]
    found += _headlines(data, split)
    if split == "train":  # article sides alone: a headline and a passage of its body
        found += _bodies(data, split)
    return sorted((t for t in found if t.comments or t.replies), key=lambda t: (t.source, *t.order))


def batches(found: list[Thread], size: int, rng: random.Random) -> Iterator[list[tuple[str, str]]]:
    """Yield batches of (comment, article side) for ever; a source with fewer than `size` articles gives them all."""
    by_source: dict[str, list[Thread]] = defaultdict(list)
    for thread in found:
        if thread.source in SHARES:
            by_source[thread.source].append(thread)
    sources = sorted(by_source)
    while True:
        source = rng.choices(sources, [SHARES[name] for name in sources])[0]
        yield [pair(thread, rng) for thread in _together(by_source[source], size, rng)]


def _together(group: list[Thread], size: int, rng: random.Random) -> list[Thread]:
    if len(group) > 3 * size and rng.random() < 0.5:
        start = rng.randrange(len(group) - 3 * size)
        group = group[start : start + 3 * size]
    return rng.sample(group, min(size, len(group)))


def pair(thread: Thread, rng: random.Random) -> tuple[str, str]:
    """Return one comment and one of the ways in which its article can be known: title, summary, passage, parent."""
    if thread.replies and (not thread.comments or rng.random() < 0.25):
        parent, reply = rng.choice(thread.replies)
        return reply, parent if rng.random() < 0.5 else thread.title
    comment = rng.choice(thread.comments)
    known = [thread.title]
    if thread.points:
        known.append(f"{thread.title}. {rng.choice(thread.points)}")
    if thread.body:
        words = thread.body.split()
        start = 0 if rng.random() < 0.5 else rng.randrange(max(1, len(words) - 45))
        known += [f"{thread.title}. {' '.join(words[:40])}", " ".join(words[start : start + 50])]
    return comment, rng.choice(known)


def _discussed(data: Path, source: str, split: Split) -> list[Thread]:
    found = {}
    for article in lines(data / "relevance" / source / "articles.jsonl.gz"):
        if article_split(source, article["article_id"]) != split:
            continue
        order = (article.get("section") or "", article.get("date") or "", article["article_id"])
        body = (article.get("body") or "") if article.get("body_ok", True) else ""
        found[article["article_id"]] = Thread(source, order, article["title"], article.get("key_points") or [], body)
    for comment in lines(data / "relevance" / source / "comments.jsonl.gz"):
        thread = found.get(comment["article_id"])
        if thread is None or comment.get("removed") == 1 or comment.get("label_spam") == 1:
            continue
        if len(comment["text"].split()) < 6 or is_notice(comment["text"]):
            continue
        if comment.get("reply") and comment.get("parent_text"):
            thread.replies.append((comment["parent_text"], comment["text"]))
        else:
            thread.comments.append(comment["text"])
    return list(found.values())


def _headlines(data: Path, split: Split) -> list[Thread]:
    """FNC-1 headlines that people judged to be about a body stand in for comments on it."""
    folder = data / "relevance" / "articles_only"
    bodies = {line["article_id"]: line["body"] for line in lines(folder / "fnc1_bodies.jsonl.gz")}
    about: dict[str, list[str]] = defaultdict(list)
    for line in lines(folder / "fnc1_test_headline_stance.jsonl.gz"):
        if line["stance"] != "unrelated" and len(line["headline"].split()) >= 6:
            about[line["article_id"]].append(line["headline"])
    made = []
    for article_id, headlines in about.items():
        if article_split("fnc1", article_id) == split and article_id in bodies:
            body = bodies[article_id]
            made.append(Thread("fnc1", (article_id,), " ".join(body.split()[:25]), [], body, headlines))
    return made


def _bodies(data: Path, split: Split) -> list[Thread]:
    made = []
    for line in lines(data / "relevance" / "articles_only" / "bbc.jsonl.gz"):
        words = line["body"].split()
        if article_split("bbc", line["article_id"]) == split and len(words) > 80:
            middle = [" ".join(words[start : start + 35]) for start in range(40, len(words) - 35, 70)]
            if middle:
                made.append(Thread("bbc", (line["article_id"],), line["title"], [], " ".join(words[:40]), middle))
    return made


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as opened:
        yield from map(json.loads, opened)
