"""From articles and comments files to what is measured about off-topic."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from workers.classifiers.base import ArticleText
from workers.evaluate.pairs import Article, Placed, Remarked, cross_pairs
from workers.evaluate.scoring import Remark, Task
from workers.evaluate.tables import Row, label_of, read_rows
from workers.evaluate.toxicity import need_both

PARTS = ("title", "summary", "all")
SMALLEST_BODY = 200  # characters below which a body is a summary


def read_articles(path: Path, *, part: str) -> dict[str, Article]:
    """Return the articles by id, showing only `part` of each: the title, that and the key points, or all."""
    found = {}
    for number, row in enumerate(read_rows(path, wanted=("article_id", "title")), 1):
        title = str(row["title"] or "").strip()
        if not title:
            raise click.UsageError(f"{path}, row {number}: the title is empty; every article needs one")
        points = row.get("key_points") or ()
        points = (points,) if isinstance(points, str) else tuple(map(str, points))
        body = str(row.get("body") or "") if row.get("body_ok", True) else ""
        text = ArticleText(title=title, key_points=points, body=body, language=row.get("language"))
        if part == "summary":
            text = replace(text, key_points=points or ((body[:300],) if body else ()), body="")
        elif part == "title":
            text = replace(text, key_points=(), body="")
        group = str(row.get("section") or row.get("source") or "")
        found[str(row["article_id"])] = Article(str(row["article_id"]), text, group)
    return found


def read_comments(path: Path, articles: dict[str, Article]) -> list[tuple[Row, Remarked]]:
    """Return the comments that have a text and a known article; raise UsageError where none has."""
    rows = read_rows(path, wanted=("article_id", "text"))
    found = []
    for row in rows:
        article = articles.get(str(row["article_id"]))
        text = row.get("text")
        if article and isinstance(text, str) and text.strip():
            parent = row.get("parent_text")
            found.append(
                (
                    row,
                    Remarked(
                        text,
                        article,
                        parent if isinstance(parent, str) and parent.strip() else None,
                    ),
                )
            )
    if not found:
        raise click.UsageError(f"{path}: no comment's article_id is in the articles file; the two must belong together")
    return found


def labelled(path: Path, articles: dict[str, Article], *, column: str, positive_at: float) -> list[Placed]:
    """Return the comments that people labelled (1 off-topic), each under its own article."""
    if not any(column in row for row, _ in read_comments(path, articles)):
        raise click.UsageError(
            f"{path}: has no column {column!r}; name another with --label-column, or measure with --cross-pairs"
        )
    found = []
    for number, (row, comment) in enumerate(read_comments(path, articles), 1):
        label = label_of(
            row.get(column),
            where=f"{path}, comment {number}, column {column!r}",
            positive_at=positive_at,
        )
        if label is not None:
            found.append(
                Placed(
                    comment.text,
                    comment.article,
                    label,
                    "labelled",
                    comment.parent_text,
                )
            )
    need_both([placed.label for placed in found], f"{path}: column {column!r}", positive_at)
    return found


def paired(
    path: Path,
    articles: dict[str, Article],
    *,
    hardness: str,
    seed: int,
    replies: bool,
    limit: int | None,
) -> list[Placed]:
    """Return cross pairs of the comments in `path`: comments that were removed or marked as spam are left out."""
    comments = [
        comment
        for row, comment in read_comments(path, articles)
        if not _true(row.get("removed")) and not _true(row.get("label_spam")) and not _true(row.get("label_offtopic"))
        and (replies or not (comment.parent_text or _true(row.get("reply"))))
    ]  # fmt: skip
    if not comments:
        raise click.UsageError(f"{path}: every comment is a reply; use --replies to measure replies with their parents")
    return cross_pairs(_some(comments, limit and (limit + 1) // 2), hardness=hardness, seed=seed)


def tasks_of(placed: list[Placed], *, language: str | None, conversation: int) -> list[Task]:
    """Return one task per article; on-topic comments come first there and make the conversation."""
    by_article: dict[str, list[tuple[int, Placed]]] = {}
    for number, one in enumerate(placed):
        by_article.setdefault(one.article.article_id, []).append((number, one))
    tasks = []
    for members in by_article.values():
        if conversation:
            members.sort(key=lambda member: member[1].label)
        remarks = [
            Remark(
                number,
                one.text,
                language=language,
                parent_text=one.parent_text,
                approved=not one.label,
            )
            for number, one in members
        ]
        size = len(remarks) if conversation else 64
        for start in range(0, len(remarks), size):
            tasks.append(
                Task(
                    tuple(remarks[start : start + size]),
                    members[0][1].article.text,
                    conversation,
                )
            )
    return tasks


def memberships_of(placed: list[Placed]) -> dict[str, list[list[str]]]:
    """Return to which slices each comment belongs; a moved comment counts with those of its kind."""
    return {
        "article": [[_shape(one.article.text)] for one in placed],
        "source": [[one.article.group[:60]] if one.article.group else [] for one in placed],
        "place": [["reply" if one.parent_text else "top level"] for one in placed],
    }


def sampled(placed: list[Placed], limit: int | None) -> list[Placed]:
    """Return `limit` comments drawn with a fixed seed, in their order."""
    return _some(placed, limit)


def _shape(article: ArticleText) -> str:
    if len(article.body) >= SMALLEST_BODY:
        return "title and body"
    return "title and summary" if article.key_points or article.body else "title only"


def _some(found: list[Any], limit: int | None) -> list[Any]:
    if limit is None or limit >= len(found):
        return found
    kept = random.Random(0).sample(range(len(found)), limit)  # noqa: S311 - a sample, not a secret
    return [found[number] for number in sorted(kept)]


def _true(value: object) -> bool:
    return str(value).strip().lower() in ("1", "1.0", "true", "yes")
