"""Disqus's XML export: threads first, which are articles, then posts, which are comments.

A post names its thread by Disqus's number. The article's id is the identifier that the page gave its thread, or else
its address: the ids that the publisher's own CMS knows.
"""

import json
from collections.abc import Iterator
from typing import Any

from service.moderation.transfer.formats.files import Input, Notes
from service.moderation.transfer.formats.rows import Format, Options, Row
from service.moderation.transfer.formats.xml import elements, forget, name_of, words
from service.vocabulary import Verdict

NUMBER = "{http://disqus.com/disqus-internals}id"


def _records(source: Input, _options: Options) -> Iterator[dict[str, Any]]:
    threads = Notes()
    for element in elements(source, "thread", "post"):
        number = element.get(NUMBER, "")
        if name_of(element) == "post":
            thread = element.find("{*}thread")
            known = threads.read(thread.get(NUMBER, "")) if thread is not None else None
            yield _post(element, number) | (json.loads(known) if known else {})
            forget(element)
        elif name_of(element.getparent()) != "post":  # the thread itself, not a post's mention of it
            link = words(element, "link").strip()
            article = {"article_id": words(element, "id").strip() or link, "article_title": words(element, "title")}
            threads.write(number, json.dumps(article | {"article_url": link}))
            forget(element)


def _post(element: Any, number: str) -> dict[str, Any]:
    author, parent = element.find("{*}author"), element.find("{*}parent")
    return {
        "id": number or words(element, "id"),
        "text": words(element, "message"),
        "created_at": words(element, "createdAt"),
        "author_id": words(author, "username") if author is not None else "",
        "author_name": words(author, "name") if author is not None else "",
        "parent_id": parent.get(NUMBER) if parent is not None else None,
        "is_deleted": words(element, "isDeleted"),
        "is_spam": words(element, "isSpam"),
        "is_approved": words(element, "isApproved"),
    }


def _row(record: dict[str, Any]) -> Row:
    if record["is_deleted"] == "true":
        return Row(body=record, word="deleted", is_deleted=True)
    if record["is_spam"] == "true":
        return Row(body=record, verdict=Verdict.REJECT, word="spam")
    if record["is_approved"] == "false":
        return Row(body=record, word="unapproved")
    return Row(body=record, verdict=Verdict.APPROVE, word="published")


FORMAT = Format(records=_records, row=_row, html=True)
