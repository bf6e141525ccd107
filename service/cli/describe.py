"""`moderato settings`, `openapi` and `version`: what this installation is, without touching its data."""

import json

import click

from service.cli import rows
from service.cli.options import as_json, with_settings
from service.installation.settings import Settings
from service.version import VERSION


@click.command("settings")
@as_json
@with_settings
def settings(settings: Settings, *, as_json: bool) -> None:
    """Show the settings in force, secrets masked."""
    from service.cli import settings_table

    rows.show(settings_table.effective(settings), as_json=as_json)


@click.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from service.api import openapi as description

    click.echo(json.dumps(description.document(), indent=2, ensure_ascii=False))


@click.command("version")
@as_json
def version(*, as_json: bool) -> None:
    """Print the version."""
    click.echo(json.dumps({"version": VERSION}) if as_json else VERSION)
