"""What readers' comments are taken for, read one by one beside their articles: belonging there, digressing, arguable.

digressions.jsonl names source, article and comments by their keys (training/splits.py) and holds no text. The reader
was a large language model told to judge as a thoughtful moderator would, without a score in view; no person. A comment
belongs if a reader of the article would see it as part of the conversation: also if it is rude, short, a joke on the
subject or about the reporting. It digresses if it is about the site, its moderators and other readers instead,
about other news and people, or if it could stand under any article. Lines with `readings` 3 were read three times
apart, and two had to agree. On the train side three in five were picked for lying far from their article.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.splits import text_key

LABELS = Path(__file__).with_name("digressions.jsonl")
Key = tuple[str, str, str]  # source, keys of article and comment


@dataclass(frozen=True, slots=True)
class Reading:
    """`off_topic` is None where it could be argued either way."""

    off_topic: bool | None
    readings: int


def key_of(source: str, article_id: str, text: str) -> Key:
    """Return the key of a comment under an article."""
    return source, text_key(article_id), text_key(text)


def all_readings() -> dict[Key, Reading]:
    """Return every reading by its key."""
    return _read(LABELS)


@cache
def _read(path: Path) -> dict[Key, Reading]:
    found: dict[Key, Reading] = {}
    for line in path.read_text("utf-8").splitlines():
        article = json.loads(line)
        for name, off_topic in (("on", False), ("off", True), ("argued", None)):
            reading = Reading(off_topic, article["readings"])
            for comment in article.get(name, ()):
                found[article["source"], article["article"], comment] = reading
    return found
