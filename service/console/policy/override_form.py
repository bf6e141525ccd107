"""The form of an override: fields to an override and back. A rule left empty stays the site's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from service.console.policy.sentences import sentence
from service.moderation.policy.overrides import Override
from service.moderation.policy.timetable import DAYS
from service.vocabulary import Attribute

OFF = "off"  # typed for a limit that is not to count, or the word of the visitor's language; empty is "as the site"
NUMBERS = (
    "minimum_length", "maximum_length", "link_limit", "flood_limit", "hold_newcomers", "trust_after", "trust_margin",
    "strike_limit", "strike_days",
)  # fmt: skip
CHOICES = {"repeats": ("ignore", "hold", "reject"), "personal_data": ("ignore", "hold", "reject"),
           "blocked_authors": ("reject", "hold")}  # fmt: skip
SWITCHES = ("pre_moderation", "closed")
WORDS = ("default_language",)
SIDES = ("hold", "reject")
ROWS = 2  # of hours on an empty form


@dataclass(frozen=True)
class Read:
    """A form as it was sent: its override, or None and the faults by field; days are lists, other fields text."""

    override: Override | None
    fields: dict[str, Any]
    faults: dict[str, str]


def fields_of(override: Override | None, zone: str, /) -> dict[str, Any]:
    """Return what the form shows for an override; for None what an empty form shows."""
    fields: dict[str, Any] = dict.fromkeys((*NUMBERS, *CHOICES, *SWITCHES, *WORDS, "section", "article", "until"), "")
    fields |= {f"{side}_{attribute.value}": "" for attribute in Attribute for side in SIDES}
    hours = override.when.hours if override and override.when else ()
    fields |= {"kind": "section", "source": "", "rows": max(ROWS, len(hours) + 1)}
    for row in range(fields["rows"]):
        one = hours[row] if row < len(hours) else None
        fields |= {f"days_{row}": list(one.days) if one else [], f"begin_{row}": one.begin if one else "",
                   f"end_{row}": one.end if one else ""}  # fmt: skip
    if override is None:
        return fields
    target = override.target
    fields |= {"kind": target.kind, "section": target.section or "", "article": target.article or ""}
    fields["source"] = target.source or ""
    if override.when and override.when.until:
        fields["until"] = override.when.until.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    for name, value in override.rules.given.items():
        field = name if isinstance(name, str) else f"{name[1].removesuffix('_at')}_{name[0].value}"
        fields[field] = _shown(value)
    return fields


def read(form: MultiDict[str, str], zone: str, /) -> Read:
    """Read the form; `faults` has a sentence for each field that breaks a rule."""
    rows = min(sum(name.startswith("begin_") for name in form), 15)
    fields: dict[str, Any] = {name: form.get(name, "").strip() for name in fields_of(None, zone) if name != "rows"}
    fields |= {"rows": max(rows, ROWS), "kind": form.get("kind", "section")}
    for row in range(fields["rows"]):
        fields |= {f"days_{row}": [day for day in DAYS if day in form.getlist(f"days_{row}")]}
        fields |= {name: form.get(name, "").strip() for name in (f"begin_{row}", f"end_{row}")}
    given: dict[str, Any] = {"target": _target(fields), "rules": _rules(fields)}
    hours = [row for row in range(fields["rows"]) if any(fields[f"{name}_{row}"] for name in ("days", "begin", "end"))]
    until = _moment(fields["until"], zone)
    if hours or until is not None:
        given["when"] = {"hours": [_hours(fields, row) for row in hours], "until": until}
    try:
        return Read(Override.model_validate(given), fields, {})
    except ValidationError as error:
        return Read(None, fields, _faults(error, hours))


def _target(fields: dict[str, Any]) -> dict[str, Any]:
    match fields["kind"]:
        case "section":
            return {"section": fields["section"]}
        case "article":
            return {"article": fields["article"], "source": fields["source"] or None}
        case "source":
            return {"source": fields["source"] or "api"}
    return {}


def _rules(fields: dict[str, Any]) -> dict[str, Any]:
    given = {name: _number(fields[name]) for name in NUMBERS if fields[name]}
    given |= {name: fields[name] for name in (*CHOICES, *WORDS) if fields[name]}
    given |= {name: fields[name] == "yes" for name in SWITCHES if fields[name]}
    thresholds: dict[str, dict[str, Any]] = {}
    for attribute in Attribute:
        for side in SIDES:
            if written := fields[f"{side}_{attribute.value}"]:
                thresholds.setdefault(attribute.value, {})[f"{side}_at"] = _number(written)
    return given | ({"thresholds": thresholds} if thresholds else {})


def _hours(fields: dict[str, Any], row: int) -> dict[str, Any]:
    return {name: fields[f"{name}_{row}"] for name in ("days", "begin", "end")}


def _number(text: str) -> object:
    if text.casefold() in (OFF, _("off").casefold()):
        return None
    text = text.replace(",", ".")
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text  # pydantic says what is wrong with it


def _moment(text: str, zone: str) -> object:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) if text else None
    except ValueError:
        return text


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _("off") if value is None else str(value).removesuffix(".0")


def _faults(error: ValidationError, hours: list[int]) -> dict[str, str]:
    faults: dict[str, str] = {}
    for detail in error.errors():
        message = sentence(detail)
        field = _field(tuple(map(str, detail["loc"])), str(detail["msg"]), hours)
        if field == "rules":
            message = _("change at least one rule")
        elif field.startswith("days_") and detail["type"] == "too_short":
            message = _("tick at least one day")
        elif field == "kind":
            message = _("the whole site needs hours or an end: for other rules at all times, change the policy itself")
        faults.setdefault(field, message[0].upper() + message[1:] + ".")
    return faults


def _field(place: tuple[str, ...], message: str, hours: list[int]) -> str:
    match place:
        case ("target", name, *_):
            return name
        case ("rules", "thresholds", attribute, side, *_):
            return f"{side.removesuffix('_at')}_{attribute}"
        case ("rules", "thresholds", attribute):
            return f"reject_{attribute}"
        case ("rules", name, *_):
            return name
        case ("when", "hours", row, name, *_):
            return f"{name}_{hours[int(row)]}"
        case ("when", "until", *_):
            return "until"
        case ("rules",):
            return "rules"
    return "default_language" if "default_language" in message else "kind"
