"""Coral's comments, as `mongoexport --collection=comments` writes them; its console exports no comments of a site.

`--stories` takes its stories, exported the same way: their addresses and titles. NONE and APPROVED are the statuses in
which Coral shows a comment, PREMOD and SYSTEM_WITHHELD wait for a moderator.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.errors import Malformed
from service.moderation.transfer.formats.files import Input, Notes, lines, opened
from service.moderation.transfer.formats.remark42 import parsed, part
from service.moderation.transfer.formats.rows import BadRow, Format, Options, Row
from service.vocabulary import Verdict

VERDICTS = {
    "NONE": Verdict.APPROVE, "APPROVED": Verdict.APPROVE, "REJECTED": Verdict.REJECT,
    "PREMOD": None, "SYSTEM_WITHHELD": None,
}  # fmt: skip


def _records(source: Input, options: Options) -> Iterator[tuple[bytes | None, Notes]]:
    stories = _stories(options.stories) if options.stories is not None else Notes()
    for line in lines(source.stream):
        if line is None or line.strip():
            yield line, stories


def _stories(path: Path) -> Notes:
    stories = Notes()
    with opened(path) as source:
        for number, line in enumerate(lines(source.stream), 1):
            try:
                story = parsed(line) if line is None or line.strip() else {}
            except BadRow as error:
                raise Malformed(f"{path}, line {number}: {error}.") from None
            told = {"article_url": story.get("url"), "article_title": part(story, "metadata").get("title")}
            stories.write(str(story.get("id")), json.dumps(told))
    return stories


def _row(given: tuple[bytes | None, Notes]) -> Row:
    line, stories = given
    record = parsed(line)
    word = str(record.get("status", ""))
    if word not in VERDICTS:
        raise BadRow(f"status: must be one of {', '.join(VERDICTS)}")
    revisions = record.get("revisions")
    newest = revisions[-1] if isinstance(revisions, list) and revisions else {}
    story = stories.read(str(record.get("storyID")))
    body = {
        "id": record.get("id"), "text": newest.get("body") if isinstance(newest, dict) else None,
        "author_id": record.get("authorID"), "article_id": record.get("storyID"), "parent_id": record.get("parentID"),
        "created_at": _moment(record.get("createdAt")), **(json.loads(story) if story else {}),
    }  # fmt: skip
    is_deleted = record.get("deletedAt") is not None
    return Row(body=body, verdict=None if is_deleted else VERDICTS[word], word=word, is_deleted=is_deleted)


def _moment(value: Any) -> Any:
    """Return a time of MongoDB's extended JSON, relaxed or canonical, as text or milliseconds."""
    if isinstance(value, dict) and "$date" in value:
        value = value["$date"]
    if isinstance(value, dict) and "$numberLong" in value:
        value = value["$numberLong"]
    return value


FORMAT = Format(records=_records, row=_row, html=True)
