"""The form of a field map: one line per field, to a map and back. Pure."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from service.moderation.webhooks.field_maps import Condition, FieldMap

# Field, how it is called on the page, a hint.
PATHS = (
    (
        "id",
        _l("Comment’s id"),
        _l("Needed. As comment.key, or several with commas: the first that finds something counts."),
    ),
    ("text", _l("Comment’s text"), _l("Needed.")),
    ("author_id", _l("Author’s id"), ""),
    ("author_name", _l("Author’s name"), ""),
    ("article_id", _l("Article’s id"), ""),
    ("article_title", _l("Article’s title"), ""),
    ("article_url", _l("Article’s address"), ""),
    ("article_section", _l("Article’s section"), _l("The policy may have overrides for it.")),
    ("parent_id", _l("Comment it replies to"), ""),
    ("language", _l("Language"), ""),
    ("created_at", _l("Written at"), _l("ISO 8601, or Unix time in seconds or milliseconds.")),
    (
        "changed_at",
        _l("Changed at"),
        _l("A time, or a version number that grows with every change. An event with an earlier one changes nothing."),
    ),
)
ACTIONS = ("create", "submit", "erase", "restore", "rename")


def fields_of(field_map: FieldMap, /) -> dict[str, str]:
    """Return what the form shows for a map."""
    fields = {name: ", ".join(_list(getattr(field_map, name))) for name, _, _ in PATHS}
    fields["html"] = "on" if field_map.html else ""
    action = field_map.action
    fields["action_path"] = ", ".join(_list(action.path)) if action else ""
    fields |= {f"action_{name}": ", ".join(getattr(action, name)) if action else "" for name in ACTIONS}
    fields["only"] = "\n".join(line for one in field_map.only for line in _lines_of(one))
    return fields


def read(form: Mapping[str, str], /) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the form as it was sent, and the map written in it, which may be invalid."""
    names = [name for name, _, _ in PATHS]
    of_actions = [f"action_{name}" for name in ("path", *ACTIONS)]
    fields = {name: form.get(name, "").strip() for name in (*names, *of_actions)}
    fields |= {"html": "on" if "html" in form else "", "only": form.get("only", "").strip()}
    spelt: dict[str, Any] = {name: _paths(fields[name]) for name in names if fields[name]}
    if fields["html"]:
        spelt["html"] = True
    if fields["action_path"]:
        spelt["action"] = {"path": _paths(fields["action_path"])} | {
            name: words for name in ACTIONS if (words := _words(fields[f"action_{name}"]))
        }
    lines = [line for line in fields["only"].splitlines() if line.strip()]
    if lines:
        spelt["only"] = [_condition(line) for line in lines]
    return fields, spelt


def _lines_of(condition: Condition) -> list[str]:
    path, kinds = ", ".join(_list(condition.path)), (("=", condition.values), ("!=", condition.unless))
    return [f"{path} {sign} {', '.join(words)}" for sign, words in kinds if words]


def _condition(line: str) -> dict[str, Any]:
    path, _, words = line.partition("=")
    return {"path": _paths(path.removesuffix("!")), "unless" if path.endswith("!") else "values": _words(words)}


def _list(paths: str | list[str] | None) -> list[str]:
    return [] if paths is None else [paths] if isinstance(paths, str) else paths


def _paths(text: str) -> str | list[str]:
    paths = _words(text)
    return paths[0] if len(paths) == 1 else paths


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
