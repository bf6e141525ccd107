"""`moderato keys`: the API keys of a site, what each may do, and until when."""

import json
import re
from datetime import timedelta

import click
from sqlalchemy import select

from service.accounts import keys as api_keys
from service.accounts import sites
from service.cli import rows
from service.cli.options import as_json, with_settings
from service.cli.session import writing
from service.clock import rfc3339, utc_now
from service.errors import NotFound
from service.models import ApiKey
from service.moderation import operator_acts
from service.settings import Settings
from service.vocabulary import Scope

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "y": timedelta(days=365)}
MOST = 10 * UNITS["y"]


class Lifetime(click.ParamType[timedelta]):
    """A length of time such as 12h, 90d, 6w or 1y, at most ten years."""

    name = "lifetime"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if not re.fullmatch(r"[1-9][0-9]{0,4}[hdwy]", value) or (found := int(value[:-1]) * UNITS[value[-1]]) > MOST:
            self.fail(f"{value!r}: must be a number and h, d, w or y, such as 90d; at most 10y", param, ctx)
        return found


@click.group()
def keys() -> None:
    """Create, list and revoke the API keys of a site."""


@keys.command("create")
@click.argument("slug")
@click.option("--name", default="key", show_default=True, help="What uses it; decisions are recorded under this name.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; repeat it for several. Default: everything. Where readers can see the key: submit alone.",
)  # fmt: skip
@click.option("--expires", type=Lifetime(), help="How long it works, such as 90d, 12h or 1y; default: until revoked.")
@as_json
@with_settings
def create(
    settings: Settings, *, slug: str, name: str, scopes: tuple[str, ...], expires: timedelta | None, as_json: bool
) -> None:
    """Create an API key for the site SLUG; it is shown only once."""
    wanted = [Scope(scope) for scope in scopes] or list(Scope)
    ends = utc_now() + expires if expires else None
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        key = api_keys.create(session, site_id, name, scopes=wanted, expires_at=ends)
        subject = ("key", api_keys.id_of(key))
        operator_acts.record(
            session, "key.create", site_id=site_id, subject=subject, detail=api_keys.told(name, wanted, ends)
        )
    click.echo(json.dumps({"api_key": key}) if as_json else key)


@keys.command("list")
@click.argument("slug")
@as_json
@with_settings
def list_keys(settings: Settings, *, slug: str, as_json: bool) -> None:
    """List the API keys of the site SLUG, without their secrets."""
    with writing(settings) as session:
        of_the_site = select(ApiKey).where(ApiKey.site_id == sites.require(session, slug).id)
        found = [
            {
                "id": key.id,
                "name": key.name,
                "scopes": " ".join(api_keys.scopes_of(key)),
                "created": rfc3339(key.created_at),
                "last_used": rfc3339(key.last_used_at),
                "expires": rfc3339(key.expires_at),
                "revoked": rfc3339(key.revoked_at),
            }
            for key in session.scalars(of_the_site.order_by(ApiKey.created_at))
        ]
    rows.show(found, as_json=as_json)


@keys.command("revoke")
@click.argument("slug")
@click.argument("key_id")
@with_settings
def revoke(settings: Settings, *, slug: str, key_id: str) -> None:
    """Revoke the key KEY_ID of the site SLUG; it stops working within a second."""
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        if not api_keys.revoke(session, site_id, key_id):
            raise NotFound(f"The site {slug!r} has no active key {key_id!r}; `moderato keys list {slug}` shows them.")
        operator_acts.record(session, "key.revoke", site_id=site_id, subject=("key", key_id))
    click.echo(f"{key_id} is revoked.")
