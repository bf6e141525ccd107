"""`moderato site`: the publications that send comments."""

import click
from sqlalchemy.orm import Session

from service.accounts import sites
from service.cli import rows
from service.cli.options import as_json, with_settings
from service.cli.session import writing
from service.errors import Invalid
from service.models import Site
from service.moderation import operator_acts
from service.settings import Settings


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


@site.command("list")
@as_json
@with_settings
def list_sites(settings: Settings, *, as_json: bool) -> None:
    """List all sites."""
    with writing(settings) as session:
        found = [{"slug": s.slug, "name": s.name, "id": s.id, "weight": s.weight} for s in sites.everyone(session)]
    rows.show(found, as_json=as_json)


def one_site(session: Session, slug: str | None, /) -> Site:
    """Return the site of that slug, or the only one there is; raise NotFound or Invalid."""
    if slug is not None:
        return sites.require(session, slug)
    known = sites.everyone(session)
    if len(known) != 1:
        told = ", ".join(site.slug for site in known) or "none yet"
        raise Invalid(f"Say which site with --site; the sites are: {told}.")
    return known[0]
