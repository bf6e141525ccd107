"""`moderato db`: the schema, and the key that seals secrets."""

import sys

import click

from service import data_folder, migrations
from service.cli.options import with_settings
from service.cli.session import writing
from service.db import Database
from service.moderation import operator_acts
from service.moderation.upkeep import resealing
from service.settings import Settings


@click.group()
def db() -> None:
    """Upgrade the schema, reseal the secrets."""


@db.command("upgrade")
@with_settings
def upgrade(settings: Settings) -> None:
    """Bring the schema to the one that this version expects."""
    data_folder.require_or_name(settings)
    database = Database(settings.effective_database_url)
    before = migrations.current(database)
    migrations.upgrade(database, keyring=lambda: settings.keyring)
    after = migrations.current(database)
    if after != before:
        with database.write() as session:
            operator_acts.record(session, "database.upgrade", detail={"from": before, "to": after})
    database.dispose()
    click.echo("The schema is up to date.")


@db.command("reseal")
@with_settings
def reseal(settings: Settings) -> None:
    """Seal every stored secret with the first of MODERATO_ENCRYPTION_KEYS, so that the others can be removed."""
    with writing(settings) as session:
        done = resealing.reseal(session, settings.keyring)
        if done.resealed:
            operator_acts.record(session, "secrets.reseal", detail={"resealed": done.resealed})
    click.echo(f"{done.resealed} of {done.secrets} secrets were sealed anew.")
    if done.lost:
        click.echo("No configured key opens the secrets of:\n" + "\n".join(done.lost), err=True)
        sys.exit(1)
