"""`moderato db`: the schema, the key that seals secrets, the counts behind the figures."""

import sys
from collections.abc import Sequence

import click

from service import migrations
from service.cli.options import with_settings
from service.cli.session import writing
from service.installation import data_folder
from service.installation.settings import Settings
from service.installation.storage import opened
from service.moderation import operator_acts
from service.moderation.insight.counts import recount
from service.moderation.upkeep import resealing

SHOWN = 200  # differences that are printed; all are corrected


@click.group()
def db() -> None:
    """Upgrade the schema, reseal the secrets, correct the figures."""


@db.command("upgrade")
@with_settings
def upgrade(settings: Settings) -> None:
    """Bring the schema to the one that this version expects."""
    data_folder.require_or_name(settings)
    with opened(settings) as database:
        before = migrations.current(database)
        migrations.upgrade(database, keyring=lambda: settings.keyring)
        after = migrations.current(database)
        if after != before:
            with database.write() as session:
                operator_acts.record(session, "database.upgrade", detail={"from": before, "to": after})
    click.echo("The schema is up to date.")


@db.command("reseal")
@click.option(
    "--sign-unsigned", is_flag=True, help="Also sign entries of the audit log that an earlier version wrote unsigned."
)
@with_settings
def reseal(settings: Settings, *, sign_unsigned: bool) -> None:
    """Seal every stored secret, and sign the audit log, with the first of MODERATO_ENCRYPTION_KEYS, so that the others
    can be removed."""
    with writing(settings) as session:
        done = resealing.reseal(session, settings.keyring)
        signed = resealing.sign_again(session, settings.keyring, unsigned=sign_unsigned)
        if done.resealed:
            operator_acts.record(session, "secrets.reseal", detail={"resealed": done.resealed})
        if signed.renewed or (signed.unsigned and sign_unsigned):
            detail = {"renewed": signed.renewed, "unsigned": signed.unsigned if sign_unsigned else ()}
            operator_acts.record(session, "audit.sign", detail=detail)
    click.echo(f"{done.resealed} of {done.secrets} secrets were sealed anew.")
    if signed.renewed:
        click.echo(f"{signed.renewed} entries of the audit log were signed anew.")
    if signed.unsigned:
        told = "was signed now" if sign_unsigned else "is unsigned; --sign-unsigned signs it"
        click.echo(f"Written without the key, {told}: {_ranges(signed.unsigned)}")
    if done.lost:
        click.echo("No configured key opens the secrets of:\n" + "\n".join(done.lost), err=True)
    if signed.false:
        click.echo(f"No configured key signed these entries of the audit log: {_ranges(signed.false)}", err=True)
    if done.lost or signed.false:
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


def _ranges(numbers: Sequence[int]) -> str:
    """Return 3, 4, 5, 9 as "3-5, 9"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ", ".join("-".join(map(str, one)) for one in found)
