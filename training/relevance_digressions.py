"""Comments that really digressed, as one of us read them under test and valid articles, without seeing a score.

Moved comments and adverts are all that the off-topic head is fitted on; these say whether it notices what readers do of
themselves. digressions.jsonl names source, article and comment by their keys (training/splits.py) and holds no text.
Left out were comments that could be argued either way, replies beside their parent, and notices (training/notices.py).
One reader's view of a few hundred comments: the intervals are wide, and another reader would draw some lines elsewhere.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from training.relevance_cases import Case, offered, shapes_of
from training.relevance_corpus import LONGEST, article_of, read_lines
from training.splits import article_split, text_key

LABELS = Path(__file__).with_name("digressions.jsonl")


def read_digressions(data: Path) -> Iterator[tuple[str, Case]]:
    """Yield (article id, case) for every labelled comment found in `data`/relevance, the article as fully as known.

    Raises ValueError where a labelled comment stands under an article that something was fitted on.
    """
    labels: dict[str, dict[tuple[str, str], bool]] = defaultdict(dict)
    for line in LABELS.read_text("utf-8").splitlines():
        label = json.loads(line)
        labels[label["source"]][label["article"], label["comment"]] = bool(label["off_topic"])
    for source, of_source in labels.items():
        wanted = {article for article, _ in of_source}
        articles = {}
        for row in read_lines(data / "relevance" / source / "articles.jsonl.gz"):
            if text_key(row["article_id"]) in wanted:
                if article_split(source, row["article_id"]) == "train":
                    raise ValueError(f"labelled article {row['article_id']} of {source} is one of those fitted on")
                articles[row["article_id"]] = article_of(row)
        for row in read_lines(data / "relevance" / source / "comments.jsonl.gz"):
            text = row.get("text") or ""
            off_topic = of_source.pop((text_key(row["article_id"]), text_key(text)), None)
            if off_topic is not None:
                article = articles[row["article_id"]]
                shape = shapes_of(article)[-1]
                kind = "digression" if off_topic else "own"
                shown = offered(article, shape)
                yield row["article_id"], Case(text.strip()[:LONGEST], shown, None, (), off_topic, kind, shape, source)
