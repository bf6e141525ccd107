"""The article in a request's context, for OFF_TOPIC; not every context is one.

OSMod and Google's own description put the article first and the parent second. Coral sends a JSON string of ids there.
"""

import json
from dataclasses import dataclass
from typing import Any

from service.api.compat.perspective.messages import TextContext
from service.moderation.intake.articles import MOST_READ

LONGEST_TITLE = 200  # characters: a first line up to here is taken for a headline
LONGEST_PARENT = 20_000


@dataclass(frozen=True)
class Article:
    """What a comment is compared with."""

    text: str
    parent: str

    def asked(self) -> dict[str, Any]:
        """Return the part of a question to the interactive worker."""
        first, _, rest = self.text.partition("\n")
        headline = first if rest.strip() and len(first) <= LONGEST_TITLE else ""
        title = headline or self.text[:LONGEST_TITLE].rpartition(". ")[0] or self.text[:LONGEST_TITLE]
        body = rest if headline else self.text
        asked: dict[str, Any] = {"article": {"title": title, "body": body[:MOST_READ]}}
        return asked | ({"parent_text": self.parent[:LONGEST_PARENT]} if self.parent else {})


def article_of(context: TextContext, /) -> Article | None:
    """Return the article and the parent comment in the context, None where there is no article."""
    both = context.article_and_parent_comment
    if both is not None:
        texts = [both.article.text, both.parent_comment.text]
    else:
        texts = [entry.text for entry in context.entries[:2]]
    article, parent = (*(text.strip() for text in texts), "", "")[:2]
    if not article or _is_json(article):
        return None
    return Article(article, parent)


def _is_json(text: str) -> bool:
    if text[0] not in "{[":
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
