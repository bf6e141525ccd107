"""Cases of comments that were read beside their own article (training/readings.py): what belongs and what digresses.

Moved comments say whether the head knows which article a comment came from; these say whether it notices what readers
do of themselves. Comments that could be argued either way are left out unless asked for.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.readings import Reading, all_readings
from training.relevance_cases import Case, offered, shapes_of
from training.relevance_corpus import LONGEST, article_of, read_lines
from training.splits import Split, article_split, text_key


@dataclass(frozen=True)
class Read:
    """A case, the article it was read under and how often it was read; `kind` is own, digression or argued."""

    case: Case
    article_id: str
    readings: int


def read_comments(data: Path, side: Split, *, every_shape: bool = False, argued: bool = False) -> Iterator[Read]:
    """Yield the comments of one side that were read, their articles as fully as known or in every shape.

    With `argued` those that could be argued either way come too, as on-topic.
    """
    by_source: dict[str, dict[tuple[str, str], Reading]] = defaultdict(dict)
    for (source, article, comment), reading in all_readings().items():
        by_source[source][article, comment] = reading
    for source, of_source in sorted(by_source.items()):
        wanted = {article for article, _ in of_source}
        articles = {
            row["article_id"]: article_of(row)
            for row in read_lines(data / "relevance" / source / "articles.jsonl.gz")
            if text_key(row["article_id"]) in wanted and article_split(source, row["article_id"]) == side
        }
        for row in read_lines(data / "relevance" / source / "comments.jsonl.gz"):
            article_id, text = row["article_id"], (row.get("text") or "").strip()[:LONGEST]
            if article_id not in articles:
                continue
            found = of_source.pop((text_key(article_id), text_key(text)), None)
            if found is None or (found.off_topic is None and not argued):
                continue
            article, off_topic = articles[article_id], bool(found.off_topic)
            kind = "argued" if found.off_topic is None else "digression" if off_topic else "own"
            parent = (row.get("parent_text") or "").strip()[:LONGEST] or None
            for shape in shapes_of(article) if every_shape else shapes_of(article)[-1:]:
                case = Case(text, offered(article, shape), parent, (), off_topic, kind, shape, source)
                yield Read(case, article_id, found.readings)
