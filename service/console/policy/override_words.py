"""What an override does, where and when, in the visitor's language and with the names of sources."""

from collections.abc import Mapping
from typing import Any

from babel.dates import get_day_names
from flask_babel import gettext as _

from service.console import id_sources
from service.console.formats import in_zone
from service.console.saying import is_english, language
from service.moderation.policy.overrides import API, Effect, Override, Target
from service.moderation.policy.timetable import DAYS, Hours, Timetable


def of_override(override: Override, zone: str, /) -> str:
    """Return it for an override of a policy whose hours are those of the zone."""
    return of_record(override.as_applied(zone))


def of_record(record: Mapping[str, Any], /) -> str:
    """Return it for an override as a decision keeps it."""
    text = str(record["text"])
    if not is_english() and "effect" in record:  # the first decisions kept nothing but the sentence
        text = _translated(record)
    for source, name in id_sources.names().items():
        text = text.replace(source, f"“{name}”")
    return text


def _translated(record: Mapping[str, Any]) -> str:
    where, when = _where(Target.model_validate(record["target"])), ""
    if "when" in record:
        when = _when(Timetable.model_validate(record["when"]), record["time_zone"])
    match Effect(record["effect"]), bool(when):
        case Effect.OTHER, _timed:
            return _("Other rules for %(target)s", target=where)
        case Effect.STRICTER, _timed:
            return _("Stricter rules for %(target)s, %(when)s", target=where, when=when)
        case Effect.CLOSED, False:
            return _("Comments closed for %(target)s", target=where)
        case Effect.CLOSED, True:
            return _("Comments closed for %(target)s, %(when)s", target=where, when=when)
        case Effect.ALL_HELD, False:
            return _("All comments held for %(target)s", target=where)
    return _("All comments held for %(target)s, %(when)s", target=where, when=when)


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


def _when(timetable: Timetable, zone: str) -> str:
    said = [f"{'; '.join(map(_hours, timetable.hours))} ({zone})"] if timetable.hours else []
    if timetable.until is not None:
        said.append(_("until %(moment)s", moment=in_zone(timetable.until, zone)))
    return ", ".join(said)


def _hours(hours: Hours) -> str:
    begin, end = hours.begin, hours.end
    if hours.are_of_every_day and hours.are_a_night:
        return _("every night %(begin)s to %(end)s", begin=begin, end=end)
    if hours.are_of_every_day:
        return _("every day %(begin)s to %(end)s", begin=begin, end=end)
    return _("%(days)s %(begin)s to %(end)s", days=_days(hours), begin=begin, end=end)


def _days(hours: Hours) -> str:
    names = get_day_names("wide", locale=language())
    days = [str(names[DAYS.index(day)]) for day in hours.days]
    if hours.are_of_a_run:
        return _("%(first)s to %(last)s", first=days[0], last=days[-1])
    return ", ".join(days)
