"""`moderato doctor`: the examination of an installation, printed; any failure ends with status 1."""

import json
import sys
from dataclasses import asdict

import click

from service.cli.options import as_json, with_settings
from service.doctor import examination
from service.installation import data_folder
from service.installation.settings import Settings
from service.moderation import audit_log


def _heads(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for head in given:
        if not audit_log.NOTED.fullmatch(head):
            raise click.BadParameter(f"{head!r}: must be the number and the hash of an entry, as in 17:9f3c...")
    return given


@click.command()
@click.option("--audit", is_flag=True, help="Also check every promise over the whole database.")
@click.option("--slo", default=3_600.0, show_default=True, help="Seconds that a comment may be pending, for --audit.")
@click.option(
    "--against", multiple=True, metavar="HEAD", callback=_heads,
    help="A head of the audit log that was noted earlier, as 17:9f3c...: check that it is still part of it.",
)  # fmt: skip
@as_json
@with_settings
def doctor(settings: Settings, *, audit: bool, slo: float, against: tuple[str, ...], as_json: bool) -> None:
    """Check settings, database, Redis, workers and models."""
    data_folder.require(settings)
    audit = audit or bool(against)
    findings = list(examination.examine(settings, audit=audit, slo_seconds=slo, against=against))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.grade:8} {finding.check}: {finding.detail}")
            for row in finding.ids:
                click.echo(f"{'':9}{row}")
    sys.exit(1 if any(finding.grade == "failed" for finding in findings) else 0)
