"""Sources of webhooks, and what a CMS that speaks our own form sends."""

from typing import Any

from sqlalchemy.orm import Session

from service.models import WebhookSource
from tests.support.comments import TEXT


def created(text: str = TEXT, kind: str = "comment.created", **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"id": "c-1", "text": text, "article_id": "bridge"} | data}


def add_source(session: Session, site_id: str, name: str = "Forum", /, *, has_own_ids: bool = True) -> WebhookSource:
    """Store a source of the site, with ids of its own or with the API's."""
    source = WebhookSource(site_id=site_id, name=name, style="token", secrets=["s"], preset="")
    session.add(source)
    session.flush()
    if has_own_ids:
        source.id_space = source.author_space = source.id
    return source
