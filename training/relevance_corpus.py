"""Articles with their real comments, read from the relevance folders and split by article.

Only what readers really wrote under an article is taken as on-topic. `removed` comments are left out altogether: they
were removed for incivility, missing sources or being one word, which says nothing about being off-topic. Posts of bots,
notices of moderators and comments that were read as digressing or arguable (training/readings.py) are left out too.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from training.notices import is_notice
from training.readings import Reading, all_readings, key_of
from training.splits import Split, article_split, text_key
from workers.classifiers.base import ArticleText

SOURCES = (
    "neutralnews_modlog",
    "reddit_headlines2015",
    "wsj_2022",
    "fox_news",
    "datacamp_comments",
    "youtube_spam",
)
SPAM_SOURCES = ("datacamp_comments", "youtube_spam")
SIXTEENTHS: dict[
    str, dict[Split, int]
] = {  # how many of 16 articles are read: embedding takes time, and many are alike
    "neutralnews_modlog": {"train": 16, "valid": 12, "test": 10},
    "reddit_headlines2015": {"train": 8, "valid": 10, "test": 8},
    "datacamp_comments": {"train": 8},
}
LONGEST = 1_200  # characters of a comment that are read
PER_THREAD = {  # comments read of one article: few where there are many articles, for embedding takes time
    "neutralnews_modlog": 6,
    "reddit_headlines2015": 4,  # and as many replies: deep replies drift, and are alike
    "wsj_2022": 24,
    "fox_news": 40,
    "datacamp_comments": 8,
    "youtube_spam": 150,
}


@dataclass(frozen=True)
class Comment:
    """A comment as its reader wrote it; `spam` is a human label where the source has one, `reading` one of ours."""

    text: str
    parent_text: str | None = None
    spam: bool | None = None
    reading: Reading | None = None

    @property
    def belongs(self) -> bool:
        """False where it was read as digressing or arguable."""
        return self.reading is None or self.reading.off_topic is False


@dataclass(frozen=True)
class Thread:
    """An article and the comments under it; `group` says which articles are its hard neighbours (section, week)."""

    source: str
    article_id: str
    article: ArticleText
    group: str
    comments: list[Comment] = field(default_factory=list)

    @property
    def split(self) -> Split:
        return article_split(self.source, self.article_id)


def read_threads(folder: Path) -> list[Thread]:
    """Return every thread of the known sources under `folder`/relevance, the first comments of each."""
    threads = [thread for source in SOURCES for thread in _source(folder / "relevance" / source)]
    return [thread for thread in threads if _drawn(thread)]


def read_headlines(folder: Path) -> list[tuple[str, str]]:
    """Return (title, body) of the articles without comments that training may draw on for background."""
    return [(row["title"], row["body"]) for row in read_lines(folder / "relevance" / "articles_only" / "bbc.jsonl.gz")]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def article_of(row: dict[str, Any]) -> ArticleText:
    """Return an article as its line tells it, without a body that is known to be no good."""
    body = (row.get("body") or "") if row.get("body_ok", True) else ""
    return ArticleText(title=row["title"], key_points=tuple(row.get("key_points") or ()), body=body)


def said(row: dict[str, Any], name: str) -> str:
    """Return as much of a comment (`text`) or of what it answers (`parent_text`) as is read, "" where there is none."""
    return (row.get(name) or "").strip()[:LONGEST]


def _drawn(thread: Thread) -> bool:
    of = SIXTEENTHS.get(thread.source, {}).get(thread.split, 16)
    return int(text_key(thread.article_id)[0], 16) < of


def _source(folder: Path) -> list[Thread]:
    threads: dict[str, Thread] = {}
    for row in read_lines(folder / "articles.jsonl.gz"):
        group = f"{row.get('section') or folder.name}:{str(row.get('date') or row.get('created') or '')[:7]}"
        threads[row["article_id"]] = Thread(folder.name, row["article_id"], article_of(row), group)
    for row in read_lines(folder / "comments.jsonl.gz"):
        thread = threads.get(row["article_id"])
        text = said(row, "text")
        if thread is None or not text or row.get("removed") or text in ("[deleted]", "[removed]"):
            continue
        if is_notice(text):
            continue
        parent = said(row, "parent_text") or None
        spam = row.get("label_spam")
        alike = sum((comment.parent_text is None) == (parent is None) for comment in thread.comments)
        if alike < PER_THREAD[folder.name]:
            reading = all_readings().get(key_of(folder.name, row["article_id"], text))
            thread.comments.append(Comment(text, parent, None if spam is None else bool(spam), reading))
    belonging = (replace(t, comments=[c for c in t.comments if c.belongs]) for t in threads.values())
    return [thread for thread in belonging if thread.comments]
