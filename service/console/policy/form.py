"""The policy's form: rules to fields and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from pydantic import TypeAdapter, ValidationError

from service.console.numbers import whole_number
from service.console.policy.sentences import sentence
from service.errors import Invalid
from service.moderation.policy.differences import LISTS
from service.moderation.policy.overrides import Override
from service.moderation.policy.rules import Rules, Threshold
from service.vocabulary import Attribute

AUTHORS = ("hold_newcomers", "trust_after", "trust_margin", "strike_limit", "strike_days")
NUMBERS = ("minimum_length", "maximum_length", "link_limit", "flood_limit", "reports_hold_at", *AUTHORS)
OPTIONAL = ("link_limit", "flood_limit", "reports_hold_at", "hold_newcomers", "trust_after", "strike_limit")
CHOICES = ("repeats", "personal_data", "blocked_authors", "default_language", "time_zone")
SWITCHES = ("pre_moderation", "closed")
OVERRIDES = TypeAdapter(list[Override])


@dataclass(frozen=True)
class Read:
    """A form as it was sent: its rules, or None and the faults by field."""

    rules: Rules | None
    fields: dict[str, str]
    faults: dict[str, str]


def based_on(form: Mapping[str, str], /) -> int:
    """Return the version of the policy that the sender of a form saw; raise Invalid where it says none."""
    version = whole_number(form.get("based_on", ""))
    if version is None:
        raise Invalid("The form does not say which version it is based on. Open the policy again.")
    return version


def fields_of(rules: Rules, /) -> dict[str, str]:
    """Return what the form shows for these rules."""
    fields = {name: str(getattr(rules, name)) for name in ("name", *CHOICES)}
    fields |= {name: _shown(getattr(rules, name)) for name in NUMBERS}
    fields |= {name: "\n".join(getattr(rules, name)) for name in LISTS}
    fields |= {name: "on" if getattr(rules, name) else "" for name in SWITCHES}
    # The form has no field for them: what a draft keeps of them goes with it.
    fields["overrides"] = OVERRIDES.dump_json(rules.overrides).decode()
    return fields | thresholds_of(rules.thresholds)


def thresholds_of(thresholds: Mapping[Attribute, Threshold], /) -> dict[str, str]:
    """Return what the form shows for these thresholds."""
    fields = {}
    for attribute, threshold in thresholds.items():
        fields[f"hold_{attribute.value}"] = _shown(threshold.hold_at)
        fields[f"reject_{attribute.value}"] = _shown(threshold.reject_at)
    return fields


def read(form: Mapping[str, str], /) -> Read:
    """Read the form; `faults` has a sentence for each field that breaks a rule."""
    fields = {name: form.get(name, "") for name in fields_of(Rules())}
    given: dict[str, Any] = {name: fields[name].strip() for name in ("name", *CHOICES)}
    given |= {name: [line.strip() for line in fields[name].splitlines() if line.strip()] for name in LISTS}
    given |= {name: _number(fields[name], optional=name in OPTIONAL) for name in NUMBERS}
    given |= {name: bool(fields[name]) for name in SWITCHES}
    given["thresholds"] = {
        attribute.value: {
            "hold_at": _number(fields[f"hold_{attribute.value}"], optional=True),
            "reject_at": _number(fields[f"reject_{attribute.value}"], optional=True),
        }
        for attribute in Attribute
    }
    try:
        given["overrides"] = OVERRIDES.validate_json(fields["overrides"] or "[]")
    except ValidationError:
        return Read(None, fields, {"overrides": _("The overrides cannot be read. Open the policy again.")})
    try:
        return Read(Rules.model_validate(given), fields, {})
    except ValidationError as error:
        return Read(None, fields, _faults(error))


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
        message, english = sentence(detail), str(detail["msg"])
        if place[:1] == ["thresholds"]:
            kind = place[2].removesuffix("_at") if len(place) > 2 else "reject"
            field = f"{kind}_{place[1]}"
            if "reject_at must not be below hold_at" in english:
                message = _("“reject from” must not be below “hold from”")
        elif place:
            field = place[0]
            if len(place) > 1:
                message = _("line %(number)s: %(message)s", number=int(place[1]) + 1, message=message)
        elif "override" in english:
            field = "overrides"
        elif "trust_after" in english:
            field, message = "trust_after", _("must not be below the approvals that a newcomer needs")
        else:
            field, message = "minimum_length", _("the minimum must not be above the maximum")
        faults.setdefault(field, message[0].upper() + message[1:] + ".")
    return faults


def _shown(value: float | int | None) -> str:
    return "" if value is None else str(value).removesuffix(".0")  # the shortest text that reads back the same
