"""`moderato labels`: what people decided about texts, here or elsewhere, and how far our scores agree."""

import csv
import sys
from typing import Any

import click

from service.accounts import sites
from service.cli import rows
from service.cli.options import as_json, with_settings
from service.cli.session import writing
from service.errors import NotFound
from service.installation.settings import Settings
from service.installation.storage import opened
from service.moderation import operator_acts
from service.moderation.insight import decided_texts
from service.moderation.insight.agreement import suggested_scores as figures
from service.moderation.intake import suggested_scores
from service.moderation.policy import policies


@click.group()
def labels() -> None:
    """Read the scores that Perspective clients suggested, and people's decisions."""


@labels.command("precision")
@click.argument("slug")
@as_json
@with_settings
def precision(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Show by attribute how many of the texts that the policy of the site SLUG would hold moderators call the same."""
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        found = figures.precisions(session, site_id, policies.active(session, site_id).rules)
    rows.show([_row(one, as_json=as_json) for one in found], as_json=as_json)


@labels.command("export")
@click.argument("slug")
@with_settings
def export(settings: Settings, *, slug: str) -> None:
    """Write the labelled texts of the site SLUG as CSV, for `moderato evaluate toxicity`."""
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        writer = None
        for row in figures.texts(session, site_id):
            if writer is None:
                writer = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)
        operator_acts.record(session, "labels.export", site_id=site_id)


@labels.command("decisions")
@click.argument("slug")
@with_settings
def decisions(settings: Settings, *, slug: str) -> None:
    """Write the texts that people decided at the site SLUG, or before it was imported, as CSV with a column `rejected`.

    For `moderato evaluate toxicity --label-column rejected`.
    """
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        operator_acts.record(session, "labels.decisions", site_id=site_id)
    writer = csv.DictWriter(sys.stdout, ["text", "rejected", "source", "word"], lineterminator="\n")
    writer.writeheader()
    with opened(settings) as database, database.read() as session:
        writer.writerows(decided_texts.texts(session, site_id))


@labels.command("forget")
@click.argument("slug")
@click.argument("token")
@with_settings
def forget(settings: Settings, *, slug: str, token: str) -> None:
    """Erase the text that a client named by TOKEN at the site SLUG; the values stay."""
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        if not suggested_scores.forget(session, site_id, (token,)):
            raise NotFound("No text with this token is kept.")
        operator_acts.record(session, "labels.forget", site_id=site_id)
    click.echo("The text is erased.")


def _row(one: figures.Precision, *, as_json: bool) -> dict[str, Any]:
    low, high = one.flagged.interval or (None, None)
    found = {
        "attribute": one.attribute.value,
        "labels": one.labels,
        "positive": one.positive,
        "hold_at": one.hold_at,
        "flagged": one.flagged.of,
        "precision": one.flagged.value,
        "low": low,
        "high": high,
    }
    if as_json:
        return found
    return {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in found.items()}
