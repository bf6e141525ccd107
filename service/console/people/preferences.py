"""A moderator's own preferences, stored with the account: theme, language, zone, keys, covered text, breaks, alerts."""

import math
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from service.console import access, languages
from service.console.blueprint import console
from service.console.numbers import whole_number
from service.console.people import own_alerts
from service.context import context
from service.models import Comment, Preference
from service.moderation.alerts.hours import is_zone, zones
from service.moderation.judgement.ranking import SEVERE_FROM, WEIGHTS

SEVERE = {attribute: weight for attribute, weight in WEIGHTS.items() if weight >= SEVERE_FROM}  # the others never are
THEMES = (("auto", _l("As the system")), ("light", _l("Light")), ("dark", _l("Dark")))
COVERS = (
    ("focus", _l("Covered in lists, shown when I open the comment")),
    ("ask", _l("Covered until I ask for it, also in the opened comment")),
    ("never", _l("Never covered")),
)
BREAKS = (0, 30, 45, 60, 90)


@dataclass(frozen=True)
class Key:
    """An action that a key triggers: its name, its description, and its default key."""

    action: str
    words: LazyString
    default: str


KEYS = (
    Key("next", _l("Next comment"), "j"),
    Key("previous", _l("Previous comment"), "k"),
    Key("approve", _l("Approve"), "a"),
    Key("reject", _l("Reject, then a number for the reason"), "r"),
    Key("escalate", _l("Escalate to a lead, with a line of why"), "e"),
    Key("note", _l("Write a note"), "n"),
    Key("author", _l("Open the author"), "o"),
    Key("skip", _l("Skip"), "s"),
    Key("undo", _l("Undo"), "u"),
    Key("select", _l("Select for bulk"), "x"),
    Key("bulk", _l("Decide on the selected, or on many"), "b"),
    Key("show", _l("Show covered text"), "v"),
    Key("search", _l("Search"), "/"),
    Key("help", _l("Show the keys"), "?"),
)


@dataclass(frozen=True)
class Choices:
    """Preferences with every default filled in."""

    theme: str = "auto"
    keys_on: bool = True
    keys: tuple[tuple[str, str], ...] = tuple((key.action, key.default) for key in KEYS)
    cover: str = "focus"
    break_minutes: int = 0
    easy_ones: bool = False
    zone: str = ""  # the browser's
    language: str = ""  # the browser's


def choices_of(stored: dict[str, Any], /) -> Choices:
    """Return stored preferences, each checked: an unknown or wrong value becomes its default."""
    keys = stored.get("keys") if isinstance(stored.get("keys"), dict) else {}
    assert isinstance(keys, dict)
    return Choices(
        theme=_one_of(stored.get("theme"), [name for name, _ in THEMES]),
        keys_on=stored.get("keys_on", True) is not False,
        keys=_keys(keys),
        cover=_one_of(stored.get("cover"), [name for name, _ in COVERS]),
        break_minutes=stored["break_minutes"] if stored.get("break_minutes") in BREAKS else 0,
        easy_ones=stored.get("easy_ones") is True,
        zone=_zone(stored.get("zone")),
        language=languages.chosen(stored) or "",
    )


@console.app_template_global("is_covered")
def is_covered(comment: Comment, /) -> bool:
    """Whether the visitor wants the comment's text covered."""
    return choices().cover != "never" and comment.severity >= SEVERE_FROM


def choices() -> Choices:
    """Return the visitor's preferences."""
    return choices_of(access.visitor().choices)


@console.get("/preferences")
@access.signed_in
def preferences() -> ResponseReturnValue:
    """Show the form."""
    return _page(choices(), access.visitor().choices)


@console.post("/preferences")
@access.signed_in
def save_preferences() -> ResponseReturnValue:
    """Store the form; two actions on one key are refused."""
    form = request.form
    stored: dict[str, Any] = {
        "theme": form.get("theme"),
        "keys_on": "keys_on" in form,
        "keys": {key.action: form.get(f"key_{key.action}", "") for key in KEYS},
        "cover": form.get("cover"),
        "easy_ones": "easy_ones" in form,
        "break_minutes": whole_number(form.get("break_minutes", "")) or 0,
        "zone": form.get("zone", ""),
        "language": form.get("language", ""),
        "alerts": own_alerts.read(form),
    }
    if "reset_keys" in form:
        stored["keys"] = {}
    chosen = choices_of(stored)
    keys = [key for _, key in chosen.keys if key]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        return _page(chosen, stored, fault=_two_share(twice)), 422
    with context().database.write() as session:
        row = session.get(Preference, access.current_moderator().id)
        if row is None:
            session.add(Preference(moderator_id=access.current_moderator().id, choices=stored))
        else:
            row.choices = stored
    access.visitor().choices.update(stored)
    languages.follow_visitor()
    flash(_("Saved."))
    return redirect(url_for("console.preferences"), 303)


def _two_share(keys: list[str]) -> str:
    return _("Two actions share the key %(keys)s. Give each its own.", keys=", ".join(keys))


def _page(chosen: Choices, stored: dict[str, Any], *, fault: str | None = None) -> str:
    return render_template(
        "console/preferences.html",
        chosen=chosen,
        chosen_keys=dict(chosen.keys),
        keys=KEYS,
        themes=THEMES,
        covers=COVERS,
        breaks=BREAKS,
        covered_from=[(attribute, math.ceil(SEVERE_FROM / weight * 100) / 100) for attribute, weight in SEVERE.items()],
        zones=zones(),
        languages=languages.names(),
        fault=fault,
        **own_alerts.for_page(stored),
    )


def _one_of(value: object, allowed: list[str]) -> str:
    return value if isinstance(value, str) and value in allowed else allowed[0]


def _zone(value: object) -> str:
    return value if isinstance(value, str) and value and is_zone(value) else ""


def _keys(stored: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return each action's key; a default that the moderator gave to another action is no key."""
    own = {key.action: str(stored[key.action]) for key in KEYS if _is_key(stored.get(key.action))}
    taken = set(own.values())
    return tuple((key.action, own.get(key.action, "" if key.default in taken else key.default)) for key in KEYS)


def _is_key(value: object) -> bool:
    # Digits choose the reason of a rejection.
    return (
        isinstance(value, str) and len(value) == 1 and value.isprintable() and not (value.isspace() or value.isdigit())
    )
