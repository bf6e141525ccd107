"""`moderato keys`: the API keys of a site, what each may do, and until when."""

import json
import re
from datetime import timedelta

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts import keys as api_keys
from service.accounts import perspective, sites
from service.cli import rows
from service.cli.options import as_json, with_settings
from service.cli.session import writing
from service.clock import rfc3339, utc_now
from service.errors import NotFound, Unavailable
from service.installation.settings import Settings
from service.models import ApiKey, WorkerBeat
from service.moderation import operator_acts
from service.moderation.insight import workers
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
    help="What it may do; repeat it for several. Default: everything. Where readers can see the key: submit alone "
    "for a form, score alone for a client of the Perspective API. "
    "A key with moderate also sees the comments, articles and authors that it changes.",
)  # fmt: skip
@click.option("--expires", type=Lifetime(), help="How long it works, such as 90d, 12h or 1y; default: until revoked.")
@click.option(
    "--for",
    "clients",
    type=click.Choice(["perspective"]),
    help="For clients of the Perspective API, with the scopes read and moderate: see `keys perspective`.",
)
@click.option("--origin", "origins", multiple=True, help="A page that may call from a browser: https://news.example.")
@click.option("--appeals", is_flag=True, help="Readers may appeal through a form with this key.")
@as_json
@with_settings
def create(
    settings: Settings,
    *,
    slug: str,
    name: str,
    scopes: tuple[str, ...],
    expires: timedelta | None,
    clients: str | None,
    origins: tuple[str, ...],
    appeals: bool,
    as_json: bool,
) -> None:
    """Create an API key for the site SLUG; it is shown only once."""
    usual = [Scope.READ, Scope.MODERATE] if clients else list(Scope)
    wanted = [Scope(scope) for scope in scopes] or usual
    ends = utc_now() + expires if expires else None
    terms = perspective.FOR_CLIENTS if clients else perspective.DEFAULT
    terms = perspective.read(terms.model_dump(mode="json") | {"origins": origins, "appeals": appeals})
    kept = terms if clients or origins or appeals else None
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        key = api_keys.create(session, site_id, name, scopes=wanted, expires_at=ends, perspective=kept)
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


@keys.command("origins")
@click.argument("slug")
@click.argument("key_id")
@click.option("--origin", "origins", multiple=True, help="A page that may call from a browser; replaces the list.")
@with_settings
def origins_of(settings: Settings, *, slug: str, key_id: str, origins: tuple[str, ...]) -> None:
    """Show or replace the pages that may use the key KEY_ID of the site SLUG in a browser."""
    changes: dict[str, object] = {"origins": origins} if origins else {}
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        found = perspective.change(session, site_id, key_id, **changes)
        if changes:
            operator_acts.record(session, "key.origins", site_id=site_id, subject=("key", key_id), detail=changes)
    for origin in found.origins:
        click.echo(origin)


@keys.command("perspective")
@click.argument("slug")
@click.argument("key_id")
@click.option(
    "--unknown", type=click.Choice(["error", "drop"]), help="Attributes that no model answers: an error, or left out."
)
@click.option("--origin", "origins", multiple=True, help="A page that may call from a browser; replaces the list.")
@click.option("--pin", "pins", multiple=True, help="NAME=VERSION of a classifier, `current`, or `none`.")
@with_settings
def terms(
    settings: Settings, *, slug: str, key_id: str, unknown: str | None, origins: tuple[str, ...], pins: tuple[str, ...]
) -> None:
    """Show or change what the key KEY_ID of the site SLUG gets from the Perspective endpoint."""
    changes: dict[str, object] = {}
    if unknown:
        changes["unknown_attributes"] = unknown
    if origins:
        changes["origins"] = origins
    with writing(settings) as session:
        site_id = sites.require(session, slug).id
        if pins:
            changes["pinned"] = _pinned(session, pins)
        found = perspective.change(session, site_id, key_id, **changes)
        if changes:
            operator_acts.record(session, "key.perspective", site_id=site_id, subject=("key", key_id), detail=changes)
    click.echo(found.model_dump_json(indent=2))


def _pinned(session: Session, pins: tuple[str, ...]) -> dict[str, str]:
    if pins == ("none",):
        return {}
    if pins == ("current",):
        newest = select(WorkerBeat).where(WorkerBeat.role == "interactive", workers.is_alive())
        beat = session.scalars(newest.order_by(WorkerBeat.started_at.desc())).first()
        if beat is None:
            raise Unavailable("No interactive worker is running, so no version is current.")
        return dict(beat.versions)
    try:
        return dict(perspective.parse_pin(pin) for pin in pins)
    except ValueError as error:
        raise click.UsageError(f"--pin {error}") from None
