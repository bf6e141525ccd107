"""The policy's form: rules to fields and back, and what two sets of rules differ in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from service.moderation.policy.rules import Rules
from service.moderation.text.terms import TermList
from service.vocabulary import Attribute

LISTS = ("blocked_terms", "suspect_terms", "blocked_hosts")
AUTHORS = ("hold_newcomers", "trust_after", "trust_margin", "strike_limit", "strike_days")
NUMBERS = ("minimum_length", "maximum_length", "link_limit", "flood_limit", *AUTHORS)
OPTIONAL = ("link_limit", "flood_limit", "hold_newcomers", "trust_after", "strike_limit")
CHOICES = ("repeats", "blocked_authors", "default_language")
LABELS = {
    "name": "Name",
    "minimum_length": "Minimum length",
    "maximum_length": "Maximum length",
    "link_limit": "Links allowed",
    "flood_limit": "Comments by one author in an hour",
    "hold_newcomers": "Hold newcomers until so many are approved",
    "trust_after": "Trust after so many approved",
    "trust_margin": "Trusted authors' scores are held later by",
    "strike_limit": "Hold all from so many strikes",
    "strike_days": "Days a strike counts",
    "blocked_authors": "Comments of blocked authors",
    "repeats": "Repeated comments",
    "default_language": "Default language",
    "blocked_terms": "Blocked terms",
    "suspect_terms": "Suspect terms",
    "blocked_hosts": "Blocked hosts",
}


@dataclass(frozen=True)
class Read:
    """A form that was read: the rules, or None with what is wrong, by field."""

    rules: Rules | None
    fields: dict[str, str]
    faults: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """One thing that two sets of rules say differently, in words."""

    label: str
    before: str
    after: str


def fields_of(rules: Rules, /) -> dict[str, str]:
    """Return what the form shows for these rules."""
    fields = {name: str(getattr(rules, name)) for name in ("name", *CHOICES)}
    fields |= {name: _shown(getattr(rules, name)) for name in NUMBERS}
    fields |= {name: "\n".join(getattr(rules, name)) for name in LISTS}
    for attribute in Attribute:
        threshold = rules.thresholds[attribute]
        fields[f"hold_{attribute.value}"] = _shown(threshold.hold_at)
        fields[f"reject_{attribute.value}"] = _shown(threshold.reject_at)
    return fields


def read(form: Mapping[str, str], /) -> Read:
    """Read the form as it was sent; every fault is a sentence beside its field."""
    fields = {name: form.get(name, "") for name in fields_of(Rules())}
    given: dict[str, Any] = {name: fields[name].strip() for name in ("name", *CHOICES)}
    given |= {name: [line.strip() for line in fields[name].splitlines() if line.strip()] for name in LISTS}
    given |= {name: _number(fields[name], optional=name in OPTIONAL) for name in NUMBERS}
    given["thresholds"] = {
        attribute.value: {
            "hold_at": _number(fields[f"hold_{attribute.value}"], optional=True),
            "reject_at": _number(fields[f"reject_{attribute.value}"], optional=True),
        }
        for attribute in Attribute
    }
    try:
        rules = Rules.model_validate(given)
    except ValidationError as error:
        return Read(None, fields, _faults(error))
    faults = {name: fault for name in LISTS[:2] if (fault := _unsearchable(getattr(rules, name)))}
    return Read(None if faults else rules, fields, faults)


def differences(before: Rules, after: Rules, /) -> list[Difference]:
    """Return everything in which `after` differs from `before`, thresholds first; of lists what came and went."""
    found: list[Difference] = []
    for attribute in Attribute:
        words = attribute.value.replace("_", " ")
        for kind in ("hold_at", "reject_at"):
            one, other = (getattr(rules.thresholds[attribute], kind) for rules in (before, after))
            if one != other:
                label = f"{words}: {kind.removesuffix('_at')} from"
                found.append(Difference(label, _or_never(one), _or_never(other)))
    for name in ("name", *NUMBERS, *CHOICES):
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            found.append(Difference(LABELS[name], _or_never(one), _or_never(other)))
    for name in LISTS:
        gone = [term for term in getattr(before, name) if term not in getattr(after, name)]
        came = [term for term in getattr(after, name) if term not in getattr(before, name)]
        if gone or came:
            found.append(Difference(LABELS[name], _listed("without", gone), _listed("with", came)))
    return found


def _number(text: str, *, optional: bool) -> object:
    text = text.strip().replace(",", ".")
    if not text and optional:
        return None
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text  # pydantic says what is wrong with it


def _faults(error: ValidationError) -> dict[str, str]:
    faults: dict[str, str] = {}
    for detail in error.errors():
        place = [str(part) for part in detail["loc"]]
        message = str(detail["msg"]).removeprefix("Value error, ")
        if place[:1] == ["thresholds"]:
            kind = place[2].removesuffix("_at") if len(place) > 2 else "reject"
            field = f"{kind}_{place[1]}"
            message = message.replace("reject_at must not be below hold_at", "reject must not start below review")
        elif place:
            field = place[0]
            if len(place) > 1:
                message = f"line {int(place[1]) + 1}: {message}"
        elif "trust_after" in message:
            field, message = "trust_after", "must not be fewer than newcomers need"
        else:
            field = "minimum_length"
            message = message.replace("minimum_length", "the minimum").replace("maximum_length", "the maximum")
        faults.setdefault(field, message[0].upper() + message[1:] + ".")
    return faults


def _unsearchable(terms: list[str]) -> str | None:
    for number, term in enumerate(terms, start=1):
        try:
            TermList.compile([term])
        except ValueError as error:
            return f"Line {number}: {error}."
    return None


def _shown(value: float | int | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _or_never(value: object) -> str:
    return "never" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _listed(word: str, terms: list[str]) -> str:
    if not terms:
        return "–"
    more = f" and {len(terms) - 12} more" if len(terms) > 12 else ""
    return f"{word} {', '.join(terms[:12])}{more}"
