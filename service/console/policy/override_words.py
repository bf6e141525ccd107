"""What an override does, where and when, in the visitor's language and with the names of sources.

Decisions keep the English sentence and the target of each override that applied. The kind and the target are known, so
nothing that a person typed is searched for words of ours; what is left of the sentence is its time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from babel.dates import get_day_names
from flask_babel import gettext as _

from service.console import id_sources
from service.console.formats import written
from service.console.saying import is_english, language
from service.moderation.policy.overrides import API, Override, Target
from service.moderation.policy.timetable import NAMES

HOURS = re.compile(r"(every night|every day|[A-Z]\w+ to [A-Z]\w+|[A-Z][\w, ]+?) (\d\d:\d\d) to (\d\d:\d\d)")
WHEN = re.compile(
    r"(?:(?P<hours>(?!until ).*?\d) \((?P<zone>[^)]+)\))?(?:, )?(?:until (?P<moment>.+) \((?P<its_zone>[^)]+)\))?"
)


def of_override(override: Override, zone: str, /) -> str:
    """Return it for an override of a policy whose hours are those of the zone."""
    return of_record({"target": override.target.model_dump(exclude_none=True), "text": override.words(zone)})


def of_record(record: Mapping[str, Any], /) -> str:
    """Return it for an override as a decision keeps it."""
    text = str(record["text"])
    if not is_english():
        text = _translated(text, Target.model_validate(record.get("target") or {}))
    for source, name in id_sources.names().items():
        text = text.replace(source, f"“{name}”")
    return text


def _translated(text: str, target: Target) -> str:
    kind, found, rest = text.partition(f" for {target.words}")
    if not found or not (rest == "" or rest.startswith(", ")):
        return text
    where, when = _where(target), _when(rest.removeprefix(", "))
    match kind, bool(when):
        case "Other rules", False:
            return _("Other rules for %(target)s", target=where)
        case "Stricter rules", True:
            return _("Stricter rules for %(target)s, %(when)s", target=where, when=when)
        case "Comments closed", False:
            return _("Comments closed for %(target)s", target=where)
        case "Comments closed", True:
            return _("Comments closed for %(target)s, %(when)s", target=where, when=when)
        case "All comments held", False:
            return _("All comments held for %(target)s", target=where)
        case "All comments held", True:
            return _("All comments held for %(target)s, %(when)s", target=where, when=when)
    return text


def _where(target: Target) -> str:
    if target.section is not None:
        return _("the section “%(name)s”", name=target.section)
    if target.article is not None and target.source not in (None, API):
        return _("the article “%(id)s” of the source %(source)s", id=target.article, source=target.source)
    if target.article is not None:
        return _("the article “%(id)s”", id=target.article)
    if target.source is None:
        return _("the whole site")
    return _("all that comes by the API") if target.source == API else _("the source %(source)s", source=target.source)


def _when(text: str) -> str:
    found = WHEN.fullmatch(text)
    if found is None:
        return text
    hours = [_hours(*one) for one in HOURS.findall(found["hours"] or "")]
    said = [f"{'; '.join(hours)} ({found['zone']})"] if hours else []
    if found["moment"]:
        moment = f"{_moment(found['moment'])} ({found['its_zone']})"
        said.append(_("until %(moment)s", moment=moment))
    return ", ".join(said)


def _hours(days: str, begin: str, end: str) -> str:
    if days == "every night":
        return _("every night %(begin)s to %(end)s", begin=begin, end=end)
    if days == "every day":
        return _("every day %(begin)s to %(end)s", begin=begin, end=end)
    return _("%(days)s %(begin)s to %(end)s", days=_days(days), begin=begin, end=end)


def _days(text: str) -> str:
    names = [str(name) for _number, name in sorted(get_day_names("wide", locale=language()).items())]
    local = dict(zip(NAMES, names, strict=True))
    first, to, last = text.partition(" to ")
    if to:
        return _("%(first)s to %(last)s", first=local.get(first, first), last=local.get(last, last))
    return ", ".join(local.get(day, day) for day in re.split(", | and ", text))


def _moment(text: str) -> str:
    try:
        moment = datetime.strptime(text, "%d %B %Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return text
    return f"{written(moment, 'words')} {written(moment, 'hour')}"
