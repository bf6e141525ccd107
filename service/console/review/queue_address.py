"""The review queue's filter in an address: read, checked, written back, put into words."""

from dataclasses import fields
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from service.console import id_sources
from service.console.formats import attribute_words, decimal, reason_words
from service.console.numbers import whole_number
from service.console.saying import language_name
from service.errors import Malformed
from service.models.stored_ids import bare
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.sentences import N_

TEXT_FIELDS = ("reason", "attribute", "article", "author", "language", "text")
PUBLISHER_IDS = ("article", "author")
LONGEST, LONGEST_TEXT = 200, 1_024  # an id may be looked for


def read(args: MultiDict[str, str], /) -> QueueFilter:
    """Return the filter; raise Malformed for a number that is none. Unknown names are ignored."""
    words: dict[str, Any] = {name: args.get(name, "").strip()[:LONGEST] for name in TEXT_FIELDS}
    words["text"] = args.get("text", "").strip()[:LONGEST_TEXT]
    words |= {name: id_sources.read(args, name) for name in PUBLISHER_IDS}  # a blank is a part of an id
    order = args.get("order", Order.OLDEST)
    return QueueFilter(
        **words,
        score_from=_score(args, "score_from"),
        score_to=_score(args, "score_to"),
        waited_hours=_hours(args),
        escalated=args.get("lane") == "escalated",
        order=Order(order) if order in list(Order) else Order.OLDEST,
    )


def write(chosen: QueueFilter, /, **changes: Any) -> str:
    """Return the filter as a query string, without what is at its default; `changes` as in `dataclasses.replace`."""
    values: dict[str, Any] = {field.name: getattr(chosen, field.name) for field in fields(chosen)} | changes
    query: dict[str, str] = {}
    for name in TEXT_FIELDS:
        if values[name]:
            query |= id_sources.fields(name, values[name]) if name in PUBLISHER_IDS else {name: values[name]}
    for name in ("score_from", "score_to"):
        if values[name] is not None:
            query[name] = f"{values[name]:g}"
    if values["waited_hours"] is not None:
        query["waited_hours"] = str(values["waited_hours"])
    if values["escalated"]:
        query["lane"] = "escalated"
    if values["order"] != Order.OLDEST:
        query["order"] = str(values["order"])
    return urlencode(query)


def words(chosen: QueueFilter, /) -> list[tuple[str, str]]:
    """Return each choice as words, with the query string that drops it."""
    said: list[tuple[str, str]] = []
    if chosen.reason:
        said.append((reason_words(chosen.reason), write(chosen, reason="")))
    if chosen.attribute:
        said.append(
            (_("held for: %(attribute)s", attribute=attribute_words(chosen.attribute)), write(chosen, attribute=""))
        )
    if chosen.score_from is not None or chosen.score_to is not None:
        low, high = chosen.score_from or 0, 1 if chosen.score_to is None else chosen.score_to
        words = _("score %(low)s to %(high)s", low=decimal(low), high=decimal(high))
        said.append((words, write(chosen, score_from=None, score_to=None)))
    if chosen.article:
        said.append((_("article: %(value)s", value=bare(chosen.article)), write(chosen, article="")))
    if chosen.author:
        said.append((_("author: %(value)s", value=bare(chosen.author)), write(chosen, author="")))
    if chosen.language:
        said.append((_("language: %(value)s", value=language_name(chosen.language)), write(chosen, language="")))
    if chosen.text:
        said.append((_("words: %(value)s", value=chosen.text), write(chosen, text="")))
    if (hours := chosen.waited_hours) is not None:
        said.append((_("held for %(hours)s h or longer", hours=hours), write(chosen, waited_hours=None)))
    return said


def _score(args: MultiDict[str, str], name: str) -> float | None:
    given = args.get(name, "").strip()
    if not given:
        return None
    try:
        value = float(given.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise Malformed(N_("A score must be a number from 0 to 1."))
    return value


def _hours(args: MultiDict[str, str]) -> int | None:
    given = args.get("waited_hours", "").strip()
    if not given:
        return None
    hours = whole_number(given) or 0
    if not 0 < hours <= 24 * 366:
        raise Malformed(N_("The hours must be a whole number from 1 to 8784."))
    return hours
