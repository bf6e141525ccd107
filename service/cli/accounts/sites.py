"""`moderato site`: the publications that send comments."""

import click
from sqlalchemy.orm import Session

from service.accounts import sites
from service.cli import rows
from service.cli.options import as_json, with_settings
from service.cli.session import writing
from service.errors import Invalid
from service.installation.settings import Settings
from service.models import Site
from service.moderation import operator_acts
from service.moderation.erasure import retention


@click.group()
def site() -> None:
    """Create, weigh and list sites, the publications that send comments."""


@site.command("create")
@click.argument("slug")
@click.option("--name", help="The name that moderators see; default: the slug.")
@as_json
@with_settings
def create(settings: Settings, *, slug: str, name: str | None, as_json: bool) -> None:
    """Add the site SLUG."""
    with writing(settings) as session:
        made = sites.create(session, slug, name or slug)
        operator_acts.record(session, "site.create", site_id=made.id, subject=("site", made.id), detail={"slug": slug})
        shown = {"slug": made.slug, "name": made.name, "id": made.id}
    rows.show([shown], as_json=as_json)


@site.command("weight")
@click.argument("slug")
@click.argument("weight", type=float)
@as_json
@with_settings
def set_weight(settings: Settings, *, slug: str, weight: float, as_json: bool) -> None:
    """Give the site SLUG a share of WEIGHT, 1 by default, where sites share something."""
    with writing(settings) as session:
        found = sites.require(session, slug)
        sites.set_weight(session, found, weight)
        about = ("site", found.id)
        operator_acts.record(session, "site.weight", site_id=found.id, subject=about, detail={"weight": weight})
    rows.show([{"slug": slug, "weight": weight}], as_json=as_json)


@site.command("retention")
@click.argument("slug")
@click.argument("days", type=int, required=False)
@click.option("--default", "as_setting", is_flag=True, help="Keep texts as long as MODERATO_RETENTION_DAYS says.")
@click.option("--yes", is_flag=True, help="Do not ask before texts are erased.")
@as_json
@with_settings
def set_retention(
    settings: Settings, *, slug: str, days: int | None, as_setting: bool, yes: bool, as_json: bool
) -> None:
    """Keep the texts of the site SLUG for DAYS after their verdict; without DAYS, show for how long."""
    if days is not None and as_setting:
        raise Invalid("Say DAYS or --default, not both.")
    usual = settings.retention_days
    changes = days is not None or as_setting
    expired = _expired(settings, slug, usual if days is None else days) if changes else 0
    if expired and not yes:
        counted = "1 text" if expired == 1 else f"{expired:,} texts"
        click.confirm(f"The next run of upkeep begins to erase {counted}. Go on?", abort=True, err=True)
    with writing(settings) as session:
        found = sites.require(session, slug)
        before = found.retention_days
        if changes:
            retention.keep(session, found, days)
            about, detail = ("site", found.id), {"from": before, "to": days, "erases": expired}
            operator_acts.record(session, "site.retention", site_id=found.id, subject=about, detail=detail)
        kept = found.retention_days
    rows.show([{"slug": slug, "days": usual if kept is None else kept, "own": kept is not None}], as_json=as_json)


@site.command("list")
@as_json
@with_settings
def list_sites(settings: Settings, *, as_json: bool) -> None:
    """List all sites."""
    with writing(settings) as session:
        found = [{"slug": s.slug, "name": s.name, "id": s.id, "weight": s.weight} for s in sites.everyone(session)]
    rows.show(found, as_json=as_json)


def _expired(settings: Settings, slug: str, days: int) -> int:
    """Count in a transaction of its own: nobody may wait for the answer of a person."""
    retention.check(days)
    with writing(settings) as session:
        return retention.count_expired(session, sites.require(session, slug).id, days)


def one_site(session: Session, slug: str | None, /) -> Site:
    """Return the site of that slug, or the only one there is; raise NotFound or Invalid."""
    if slug is not None:
        return sites.require(session, slug)
    known = sites.everyone(session)
    if len(known) != 1:
        told = ", ".join(site.slug for site in known) or "none yet"
        raise Invalid(f"Say which site with --site; the sites are: {told}.")
    return known[0]
