"""What a CMS that speaks our own form sends."""

from typing import Any

from tests.support.comments import TEXT


def created(text: str = TEXT, kind: str = "comment.created", **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"id": "c-1", "text": text, "article_id": "bridge"} | data}
