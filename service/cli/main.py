"""The command line: everything an operator does. A wrong setting ends with status 78 and a line for each fault.

A command's module is imported when the command is named, so that each process loads only what it needs. Commands of
other packages come through the entry points `moderato.commands`, because the service never imports the workers.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from keyword import iskeyword
from typing import Any

import click

# Command or group, and the module of service.cli that holds it under the same name ("-" as "_", "import" as "import_").
COMMANDS = {
    "alerts": "alerts",
    "alive": "serve",
    "db": "database",
    "demo-traffic": "demo_traffic",
    "doctor": "doctor",
    "export": "transfer.exporting",
    "import": "transfer.importing",
    "keys": "accounts.keys",
    "labels": "transfer.labels",
    "moderator": "accounts.moderators",
    "openapi": "describe",
    "score": "score",
    "settings": "describe",
    "site": "accounts.sites",
    "up": "serve",
    "version": "describe",
    "web": "serve",
}


class _Commands(click.Group):
    """Our commands and those of installed packages; a module is imported when its command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *(point.name for point in _entry_points())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module = import_module(f"service.cli.{COMMANDS[cmd_name]}")
            name = cmd_name.replace("-", "_")
            command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
            return command
        point = next((point for point in _entry_points() if point.name == cmd_name), None)
        return point.load() if point else None


def _entry_points() -> Sequence[Any]:
    return tuple(entry_points(group="moderato.commands"))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Moderato: self-hosted comment moderation."""


if __name__ == "__main__":
    main()
