"""Ids of authors, articles and comments in pages and addresses: as the publisher wrote them, beside their source."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from flask import Blueprint, g
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.console import access
from service.context import context
from service.errors import Malformed
from service.models import WebhookSource
from service.models.stored_ids import API, bare, in_space, space_of
from service.moderation.intake import id_spaces
from service.moderation.intake.id_spaces import BY_API
from service.moderation.review.queue.queue_filter import QueueFilter
from service.moderation.search.comment_filter import CommentFilter
from service.moderation.text.publisher_ids import RULE, is_id

Filter = TypeVar("Filter", QueueFilter, CommentFilter)


def fields(name: str, stored: str, /) -> dict[str, Any]:
    """Return the parameters of an address that name the id exactly: `name`, and its source where it has one."""
    return {name: bare(stored)} | ({f"{name}_source": space} if (space := space_of(stored)) else {})


def read(args: MultiDict[str, str], name: str, /) -> str:
    """Return the stored id that `fields` wrote, "" for none; raise Malformed for what can be no id.

    A bare id is the API's own, or not looked up yet: a moderator may have typed it.
    """
    given, source = args.get(name, ""), args.get(f"{name}_source", "")
    if given and not is_id(given):
        raise Malformed(f"{name}: an id {RULE}.")
    if source not in ("", BY_API) and not (source.isalnum() and source.isascii() and len(source) == 32):
        raise Malformed(f"{name}_source: must be {BY_API} or the id of a webhook source.")
    return in_space(API if source == BY_API else source, given) if given else ""


def is_exact(args: MultiDict[str, str], name: str, /) -> bool:
    """Whether the address says whose id it is."""
    return bool(args.get(f"{name}_source"))


def with_sources(session: Session, site_id: str, chosen: Filter, args: MultiDict[str, str], /) -> Filter:
    """Return the filter with whose ids were typed, where the address does not say it."""
    if chosen.author and not is_exact(args, "author"):
        chosen = replace(chosen, author=id_spaces.author(session, site_id, chosen.author))
    if chosen.article and not is_exact(args, "article"):
        article = id_spaces.find_article(session, site_id, chosen.article)
        chosen = replace(chosen, article=article.external_id) if article else chosen
    return chosen


def name_of(stored: str | None, /) -> str:
    """Return the name of the source that an id belongs to, "" for the API's own."""
    return names().get(space_of(stored), _("another source")) if stored and space_of(stored) else ""


def names() -> Mapping[str, str]:
    """Return the names of the site's sources by id, removed ones included; read once a request."""
    if "source_names" not in g:
        with context().database.read() as session:
            load(session)
    found: Mapping[str, str] = g.source_names
    return found


def load(session: Session, /) -> None:
    """Read the names with this session, for a page that is rendered while it is open: a second one would wait."""
    chosen = select(WebhookSource.id, WebhookSource.name).where(WebhookSource.site_id == access.current_site().id)
    g.source_names = dict(session.execute(chosen.order_by(WebhookSource.name)).all())


def install(blueprint: Blueprint) -> None:
    """Make these available to the templates."""
    blueprint.add_app_template_filter(bare, "bare")
    blueprint.add_app_template_filter(name_of, "source_name")
    blueprint.add_app_template_global(fields, "id_fields")
    blueprint.add_app_template_global(names, "source_names")
