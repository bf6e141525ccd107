"""WordPress eXtended RSS, from Tools → Export: posts with their comments; WordPress itself leaves out spam.

`comment_approved` is 1, 0, spam, trash or post-trashed. Pingbacks, trackbacks and plugins' notes are no readers'
comments. Fields as in `wp-admin/includes/export.php`.

Where our plugin is active, it writes the beginning of its ids into the export. The comments then come in under the ids
that the plugin sends, so that an edit or a decision there is about the same comment.
"""

import re
from collections.abc import Iterator
from typing import Any

from service.moderation.transfer.formats.files import Input
from service.moderation.transfer.formats.rows import BadRow, Format, LeftOut, Options, Row
from service.moderation.transfer.formats.words import verdict_of
from service.moderation.transfer.formats.xml import elements, forget, name_of, words

BY_PEOPLE = frozenset({"", "comment", "review"})  # values of comment_type
OTHERS = frozenset({"pingback", "trackback", "order_note", "note"})  # those that the summary names
IDS = "{urn:moderato:wordpress}ids"  # as `integrations/wordpress/includes/imported.php` writes it
OF_POST = ("title", "link", "post_id")  # come before the post's comments


def _records(source: Input, _options: Options) -> Iterator[dict[str, str]]:
    post: dict[str, str] = {}
    ids = ""
    for element in elements(source, "comment", "item", "ids", *OF_POST):
        name = name_of(element)
        if element.tag == IDS:
            ids = (element.text or "").strip()
        elif name == "item":
            post = {}
            forget(element)
        elif name == "comment":
            yield {f"comment_{part}": words(element, f"comment_{part}") for part in PARTS} | post | {"ids": ids}
            forget(element)
        elif element.getparent() is not None and name_of(element.getparent()) == "item":
            post[name] = element.text or ""


PARTS = (
    "id", "author", "author_email", "author_url", "date", "date_gmt", "content", "approved", "type", "parent",
    "user_id",
)  # fmt: skip


def _row(record: dict[str, Any]) -> Row:
    if record["comment_type"] not in BY_PEOPLE:
        raise LeftOut(record["comment_type"] if record["comment_type"] in OTHERS else "other kinds")
    word = record["comment_approved"]
    verdict, is_deleted = (None, True) if word == "post-trashed" else verdict_of(word)
    written = next((at for at in (record["comment_date_gmt"], record["comment_date"]) if not at.startswith("0000")), "")
    if not record["comment_id"]:
        raise BadRow("has no wp:comment_id")
    ids = record["ids"]
    of_users, of_posts = (f"{ids}user-", f"{ids}post-") if ids else ("", "")
    body = {
        "id": ids + record["comment_id"], "text": _judged(record["comment_content"], record["comment_author_url"]),
        "author_id": _behind(of_users, record["comment_user_id"]), "author_name": record["comment_author"],
        "parent_id": _behind(ids, record["comment_parent"]), "article_id": _behind(of_posts, record.get("post_id")),
        "article_title": record.get("title"), "article_url": record.get("link"), "created_at": written,
    }  # fmt: skip
    return Row(body=body, verdict=verdict, word=word, is_deleted=is_deleted)


def _judged(content: str, website: str) -> str:
    """Return the text with the website that its author's name leads to, as the plugin sends it."""
    return f"{content}\n({website})" if content and re.match("(?i)https?://[^/]", website) else content


def _behind(beginning: str, number: str | None) -> str | None:
    """Return an id as the plugin writes it; 0 and nothing are nobody's, and stay."""
    return number if number in (None, "", "0") else f"{beginning}{number}"


FORMAT = Format(records=_records, row=_row, html=True)
