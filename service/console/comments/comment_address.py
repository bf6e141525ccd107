"""The filter of all comments in an address: read, checked, written back, put into words; and places in a list."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from service import cursors
from service.console import id_sources
from service.console.formats import reason_words
from service.console.words import word
from service.errors import Malformed
from service.models.stored_ids import bare
from service.moderation.search.comment_filter import CommentFilter
from service.sentences import N_, worded
from service.vocabulary import CommentStatus

TEXT_FIELDS = ("text", "reason", "source", "moderator", "action")
PUBLISHER_IDS = ("author", "article")
LONGEST = 1_024  # an id may be looked for
DAY = timedelta(days=1)
YEARS = (1970, 9000)

Place = tuple[datetime, str]


def read(args: MultiDict[str, str], /) -> CommentFilter:
    """Return the filter; raise Malformed for a day or a status that is none. Unknown names are ignored."""
    given: dict[str, Any] = {name: args.get(name, "").strip()[:LONGEST] for name in TEXT_FIELDS}
    given |= {name: id_sources.read(args, name) for name in PUBLISHER_IDS}
    status, until = args.get("status", ""), _day(args, "until")
    if status and status not in list(CommentStatus):
        raise Malformed(worded("There is no such status. Use one of %(known)s.", known=", ".join(CommentStatus)))
    return CommentFilter(
        **given,
        status=CommentStatus(status) if status else None,
        reported=args.get("reported") == "1",
        since=_day(args, "since"),
        until=until + DAY if until else None,
    )


def write(chosen: CommentFilter, /, **changes: Any) -> str:
    """Return the filter as a query string, without what is at its default; `changes` as in `dataclasses.replace`."""
    values: dict[str, Any] = {field.name: getattr(chosen, field.name) for field in fields(chosen)} | changes
    query: dict[str, str] = {name: values[name] for name in TEXT_FIELDS if values[name]}
    for name in PUBLISHER_IDS:
        query |= id_sources.fields(name, values[name]) if values[name] else {}
    if values["status"] is not None:
        query["status"] = str(values["status"])
    query |= {"reported": "1"} if values["reported"] else {}
    query |= {name: day for name, day in days(values["since"], values["until"]).items() if day}
    return urlencode(query)


def days(since: datetime | None, until: datetime | None, /) -> dict[str, str]:
    """Return the first and the last day of a period as a form's fields have them."""
    return {
        "since": f"{since:%Y-%m-%d}" if since else "",
        "until": f"{until - DAY:%Y-%m-%d}" if until else "",
    }


def words(chosen: CommentFilter, people: dict[str, str], /) -> list[tuple[str, str]]:
    """Return each choice as words, with the query string that drops it; `people` are moderators' names by id."""
    said: list[tuple[str, str]] = []
    if chosen.text:
        said.append((_("words: %(value)s", value=chosen.text), write(chosen, text="")))
    if chosen.status is not None:
        said.append((word(chosen.status.value), write(chosen, status=None)))
    if chosen.reported:
        said.append((_("open reports"), write(chosen, reported=False)))
    if chosen.reason:
        said.append((_("reason: %(value)s", value=reason_words(chosen.reason)), write(chosen, reason="")))
    if chosen.author:
        said.append((_("author: %(value)s", value=bare(chosen.author)), write(chosen, author="")))
    if chosen.article:
        said.append((_("article: %(value)s", value=bare(chosen.article)), write(chosen, article="")))
    if chosen.source:
        source = id_sources.names().get(chosen.source, "API")
        said.append((_("source: %(value)s", value=source), write(chosen, source="")))
    if chosen.moderator:
        who = people.get(chosen.moderator) or _("somebody else")
        said.append((_("decided by %(name)s", name=who), write(chosen, moderator="")))
    if chosen.action:
        said.append((_("decided in one act"), write(chosen, action="")))
    period = days(chosen.since, chosen.until)
    if period["since"]:
        said.append((_("from %(day)s", day=period["since"]), write(chosen, since=None)))
    if period["until"]:
        said.append((_("to %(day)s", day=period["until"]), write(chosen, until=None)))
    return said


def place(after: Place | None, /) -> str:
    """Return a place in a list as a parameter, "" for none."""
    return cursors.encode_row(*after) if after else ""


def read_place(args: MultiDict[str, str], /) -> Place | None:
    """Return the place that the page before gave, None for the first page; raise Malformed for anything else."""
    given = args.get("after", "")
    if not given:
        return None
    try:
        found = cursors.decode_row(given)
        if found[0].utcoffset() != timedelta(0):
            raise ValueError("not what `place` wrote")
    except ValueError as error:
        raise Malformed(N_("The address of the next page was changed. Go back and follow the link again.")) from error
    return found


def _day(args: MultiDict[str, str], name: str) -> datetime | None:
    given = args.get(name, "").strip()
    if not given:
        return None
    try:
        found = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed(N_("This is not a day. Write it as 2026-01-31.")) from None
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise Malformed(worded("The day must be of the years %(first)s to %(last)s.", first=YEARS[0], last=YEARS[1]))
    return found
