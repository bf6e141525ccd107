"""`moderato doctor`: the examination of an installation, printed; any failure ends with status 1."""

import json
import sys
from dataclasses import asdict

import click

from service import data_folder
from service.cli.options import as_json, with_settings
from service.doctor import examination
from service.settings import Settings


@click.command()
@click.option("--audit", is_flag=True, help="Also check every promise over the whole database.")
@click.option("--slo", default=3_600.0, show_default=True, help="Seconds that a comment may be pending, for --audit.")
@as_json
@with_settings
def doctor(settings: Settings, *, audit: bool, slo: float, as_json: bool) -> None:
    """Check settings, database, Redis, workers and models."""
    data_folder.require(settings)
    findings = list(examination.examine(settings, audit=audit, slo_seconds=slo))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.grade:8} {finding.check}: {finding.detail}")
            for row in finding.ids:
                click.echo(f"{'':9}{row}")
    sys.exit(1 if any(finding.grade == "failed" for finding in findings) else 0)
