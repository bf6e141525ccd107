"""`moderato db`: the schema, the key that seals secrets, the counts behind the figures."""

import sys

import click

from service import data_folder, migrations
from service.cli.options import with_settings
from service.cli.session import writing
from service.db import Database
from service.moderation import operator_acts
from service.moderation.insight import recount
from service.moderation.upkeep import resealing
from service.settings import Settings

SHOWN = 200  # differences that are printed; all are corrected


@click.group()
def db() -> None:
    """Upgrade the schema, reseal the secrets, correct the figures."""


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


@db.command("recount")
@with_settings
def recount_figures(settings: Settings) -> None:
    """Count the figures again from the rows, and correct those that differ."""
    with writing(settings) as session:
        off = recount.differences(session, most=SHOWN)
        if off:
            recount.mend(session)
            operator_acts.record(session, "figures.recount", detail={"differences": len(off)})
    for difference in off:
        click.echo(f"Corrected: {difference}")
    if not off:
        click.echo("Every figure is that of the rows.")
