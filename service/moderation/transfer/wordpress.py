"""WordPress eXtended RSS, from Tools → Export: posts with their comments; WordPress itself leaves out spam.

`comment_approved` is 1, 0, spam, trash or post-trashed. Pingbacks, trackbacks and plugins' notes are no readers'
comments. Fields as in `wp-admin/includes/export.php`.
"""

from collections.abc import Iterator
from typing import Any

from service.moderation.transfer.files import Input
from service.moderation.transfer.rows import BadRow, Format, LeftOut, Options, Row
from service.moderation.transfer.words import verdict_of
from service.moderation.transfer.xml import elements, forget, name_of, words

BY_PEOPLE = frozenset({"", "comment", "review"})  # values of comment_type
OTHERS = frozenset({"pingback", "trackback", "order_note", "note"})  # those that the summary names
OF_POST = ("title", "link", "post_id")  # come before the post's comments


def _records(source: Input, _options: Options) -> Iterator[dict[str, str]]:
    post: dict[str, str] = {}
    for element in elements(source, "comment", "item", *OF_POST):
        name = name_of(element)
        if name == "item":
            post = {}
            forget(element)
        elif name == "comment":
            yield {f"comment_{part}": words(element, f"comment_{part}") for part in PARTS} | post
            forget(element)
        elif element.getparent() is not None and name_of(element.getparent()) == "item":
            post[name] = element.text or ""


PARTS = ("id", "author", "author_email", "date", "date_gmt", "content", "approved", "type", "parent", "user_id")


def _row(record: dict[str, Any]) -> Row:
    if record["comment_type"] not in BY_PEOPLE:
        raise LeftOut(record["comment_type"] if record["comment_type"] in OTHERS else "other kinds")
    word = record["comment_approved"]
    verdict, is_deleted = (None, True) if word == "post-trashed" else verdict_of(word)
    written = next((at for at in (record["comment_date_gmt"], record["comment_date"]) if not at.startswith("0000")), "")
    if not record["comment_id"]:
        raise BadRow("has no wp:comment_id")
    body = {
        "id": record["comment_id"], "text": record["comment_content"], "author_id": record["comment_user_id"],
        "author_name": record["comment_author"], "parent_id": record["comment_parent"], "created_at": written,
        "article_id": record.get("post_id"), "article_title": record.get("title"), "article_url": record.get("link"),
    }  # fmt: skip
    return Row(body=body, verdict=verdict, word=word, is_deleted=is_deleted)


FORMAT = Format(records=_records, row=_row, html=True)
