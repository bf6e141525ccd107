"""The settings as tables: those in force for an operator, all of them for docs/settings.md (a test compares it)."""

from typing import Any, get_args

from service.installation.environment import FILE_VARIANTS, PREFIX, UNPREFIXED
from service.installation.settings import Settings

MASKED = "(set, not shown)"


def effective(settings: Settings) -> list[dict[str, Any]]:
    """Return each setting with the value in force; values that may carry credentials are masked."""
    return [
        {
            "setting": variable(name),
            "value": MASKED if name in FILE_VARIANTS and value is not None else _plain(value),
            "given": name in settings.model_fields_set,
        }
        for name, value in settings
    ]


def markdown() -> str:
    """Return docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "All settings come from the environment and are checked before anything starts; a wrong one ends with status",
        "78 and a line that says what would be right. A `MODERATO_` name not in this table is an error, because",
        "a typing mistake must not pass for a default. `moderato settings` shows those in force. This page is written",
        "by `make settings`, and a test compares it with the code.",
        "",
        "| name | default | meaning |",
        "| --- | --- | --- |",
    ]
    # A part of the settings that has a file of its own follows the rest.
    for name, field in sorted(Settings.model_fields.items(), key=lambda one: one[0] not in Settings.__annotations__):
        default = "" if field.default in (None, "") else f"`{_plain(field.default)}`"
        description = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{variable(name)}` | {default} | {description}{_choices(field.annotation)} |")
    unprefixed = ", ".join(f"`{name.upper()}`" for name in UNPREFIXED)
    secret = ", ".join(f"`{variable(name)}_FILE`" for name in FILE_VARIANTS)
    lines += [
        "",
        f"These also take the prefix, as in `{PREFIX}PORT`: {unprefixed}.",
        f"A secret can be read from a file: {secret} hold its path.",
        "",
    ]
    return "\n".join(lines)


def variable(name: str) -> str:
    """Return the environment variable that is documented for a setting."""
    return name.upper() if name in UNPREFIXED else PREFIX + name.upper()


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _choices(annotation: Any) -> str:
    choices = [choice for choice in get_args(annotation) if isinstance(choice, str)]
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""


if __name__ == "__main__":
    print(markdown(), end="")
