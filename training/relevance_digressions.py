"""Cases of comments that were read beside their own article (training/readings.py): what belongs and what digresses.

Moved comments say whether the head knows which article a comment came from; these say whether it notices what readers
do of themselves. Comments that could be argued either way are left out unless asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.readings import all_readings, key_of
from training.relevance_cases import Placement, offered, shapes_of
from training.relevance_corpus import article_of, read_lines, said
from training.splits import Split, article_split, text_key


@dataclass(frozen=True)
class Read:
    """A case, the article it was read under and how often it was read; `kind` is own, digression or argued."""

    case: Placement
    article_id: str
    readings: int


def read_comments(data: Path, side: Split, *, every_shape: bool = False, argued: bool = False) -> Iterator[Read]:
    """Yield the comments of one side that were read, their articles as fully as known or in every shape.

    With `argued` those that could be argued either way come too, as on-topic.
    """
    readings = dict(all_readings())
    for source in sorted({source for source, _, _ in readings}):
        wanted = {article for of, article, _ in readings if of == source}
        articles = {
            row["article_id"]: article_of(row)
            for row in read_lines(data / "relevance" / source / "articles.jsonl.gz")
            if text_key(row["article_id"]) in wanted and article_split(source, row["article_id"]) == side
        }
        for row in read_lines(data / "relevance" / source / "comments.jsonl.gz"):
            article_id, text = row["article_id"], said(row, "text")
            if article_id not in articles:
                continue
            found = readings.pop(key_of(source, article_id, text), None)
            if found is None or (found.off_topic is None and not argued):
                continue
            article, off_topic = articles[article_id], bool(found.off_topic)
            kind = "argued" if found.off_topic is None else "digression" if off_topic else "own"
            parent = said(row, "parent_text") or None
            for shape in shapes_of(article) if every_shape else shapes_of(article)[-1:]:
                case = Placement(text, offered(article, shape), parent, (), off_topic, kind, shape, source)
                yield Read(case, article_id, found.readings)
