"""The command line: everything an operator does. Wrong settings end with status 78 and a line for each fault.

Commands import what they need when they run: `moderato web` must not load what only `moderato up` needs. Those of the
workers come through the entry points `moderato.commands`, because the service never imports the workers.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points, version
from typing import TYPE_CHECKING, Any

import click

from service import settings as settings_module
from service.settings import Settings, SettingsError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MISCONFIGURED = 78  # EX_CONFIG of sysexits.h


class _Commands(click.Group):
    """Our commands and those of installed packages, which are loaded only when one of them is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(
            {*super().list_commands(ctx), "doctor", "demo-traffic", *(point.name for point in _entry_points())}
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        if cmd_name == "doctor":
            from service.machine.doctor import doctor

            return doctor
        if cmd_name == "demo-traffic":
            from service.machine.traffic import demo_traffic

            return demo_traffic
        point = next((point for point in _entry_points() if point.name == cmd_name), None)
        return point.load() if point else None


def _entry_points() -> Sequence[Any]:
    return tuple(entry_points(group="moderato.commands"))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Moderato: self-hosted comment moderation."""


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command the checked settings as its first argument; problems end as one line on stderr."""

    @functools.wraps(command)
    def checked(*args: Any, **kwargs: Any) -> Any:
        from service.errors import Problem

        try:
            return command(settings_module.load(), *args, **kwargs)
        except SettingsError as error:
            click.echo(str(error), err=True)
            sys.exit(MISCONFIGURED)
        except Problem as problem:
            click.echo(problem.detail, err=True)
            sys.exit(1)

    return checked


@main.command()
@click.option("--demo", is_flag=True, help="Send a demo article and comments, and show their verdicts.")
@with_settings
def up(settings: Settings, *, demo: bool) -> None:
    """Run the whole service on this machine."""
    from service.machine.up import up as run

    sys.exit(run(settings, demo=demo))


@main.command()
@with_settings
def web(settings: Settings) -> None:
    """Run the web server alone."""
    from service import log
    from service.machine import web_server

    log.configure(settings)
    web_server.serve(settings)


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@with_settings
def db_upgrade(settings: Settings) -> None:
    """Bring the schema to the one that this version expects."""
    from service import migrations
    from service.cli import operator_acts
    from service.db import Database

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
def db_reseal(settings: Settings) -> None:
    """Seal every stored secret with the first of MODERATO_ENCRYPTION_KEYS, so that the others can go."""
    from service.cli import operator_acts
    from service.db import Database
    from service.moderation.upkeep import resealing

    database = Database(settings.effective_database_url)
    with database.write() as session:
        done = resealing.reseal(session, settings.keyring)
        if done.resealed:
            operator_acts.record(session, "secrets.reseal", detail={"resealed": done.resealed})
    database.dispose()
    click.echo(f"{done.resealed} of {done.secrets} secrets were sealed anew.")
    if done.lost:
        click.echo("No configured key opens the secrets of:\n" + "\n".join(done.lost), err=True)
        sys.exit(1)


@main.group()
def site() -> None:
    """Sites: the publications that send comments."""


@site.command("create")
@click.argument("slug")
@click.option("--name", help="As moderators see it; default: the slug.")
@as_json
@with_settings
def site_create(settings: Settings, *, slug: str, name: str | None, as_json: bool) -> None:
    """Add the site SLUG."""
    from service.accounts import sites
    from service.cli import operator_acts

    with _session(settings) as session:
        made = sites.create(session, slug, name or slug)
        operator_acts.record(session, "site.create", site_id=made.id, subject=("site", made.id), detail={"slug": slug})
        shown = {"slug": made.slug, "name": made.name, "id": made.id}
    _show([shown], as_json=as_json)


@site.command("list")
@as_json
@with_settings
def site_list(settings: Settings, *, as_json: bool) -> None:
    """List all sites."""
    from service.accounts import sites

    with _session(settings) as session:
        rows = [{"slug": s.slug, "name": s.name, "id": s.id} for s in sites.everyone(session)]
    _show(rows, as_json=as_json)


@main.group()
def keys() -> None:
    """API keys of a site."""


@keys.command("create")
@click.argument("slug")
@click.option("--name", default="key", show_default=True, help="What it is for; decisions are recorded under it.")
@as_json
@with_settings
def keys_create(settings: Settings, *, slug: str, name: str, as_json: bool) -> None:
    """Make an API key of the site SLUG; it is shown this once."""
    from service.accounts import keys as api_keys
    from service.accounts import sites
    from service.cli import operator_acts

    with _session(settings) as session:
        site_id = sites.require(session, slug).id
        key = api_keys.create(session, site_id, name)
        subject = ("key", api_keys.id_of(key))
        operator_acts.record(session, "key.create", site_id=site_id, subject=subject, detail={"name": name})
    click.echo(json.dumps({"api_key": key}) if as_json else key)


@keys.command("list")
@click.argument("slug")
@as_json
@with_settings
def keys_list(settings: Settings, *, slug: str, as_json: bool) -> None:
    """List the API keys of the site SLUG, without their secrets."""
    from sqlalchemy import select

    from service.accounts import sites
    from service.clock import rfc3339
    from service.models import ApiKey

    with _session(settings) as session:
        found = session.scalars(
            select(ApiKey).where(ApiKey.site_id == sites.require(session, slug).id).order_by(ApiKey.created_at)
        )
        rows = [
            {
                "id": key.id,
                "name": key.name,
                "created": rfc3339(key.created_at),
                "last_used": rfc3339(key.last_used_at),
                "revoked": rfc3339(key.revoked_at),
            }
            for key in found
        ]
    _show(rows, as_json=as_json)


@keys.command("revoke")
@click.argument("slug")
@click.argument("key_id")
@with_settings
def keys_revoke(settings: Settings, *, slug: str, key_id: str) -> None:
    """Make the key KEY_ID of the site SLUG useless, within a second."""
    from service.accounts import keys as api_keys
    from service.accounts import sites
    from service.cli import operator_acts
    from service.errors import NotFound

    with _session(settings) as session:
        site_id = sites.require(session, slug).id
        if not api_keys.revoke(session, site_id, key_id):
            raise NotFound(f"The site {slug!r} has no key {key_id!r} in use; `moderato keys list {slug}` shows them.")
        operator_acts.record(session, "key.revoke", site_id=site_id, subject=("key", key_id))
    click.echo(f"{key_id} is revoked.")


@main.group()
def moderator() -> None:
    """People who decide."""


@moderator.command("add")
@click.argument("email")
@click.option("--site", "slug", required=True, help="The site's slug.")
@click.option(
    "--role", default="moderator", show_default=True, type=click.Choice(["viewer", "moderator", "lead", "admin"])
)
@click.option("--name", default="", help="As colleagues see it; default: the address.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; default: ask for it.")
@click.option("--keep-password", is_flag=True, help="Only add the site or change the role of somebody known.")
@with_settings
def moderator_add(
    settings: Settings, *, email: str, slug: str, role: str, name: str, password_stdin: bool, keep_password: bool
) -> None:
    """Let EMAIL moderate a site, or change their role or password."""
    from service.accounts import sites
    from service.cli import operator_acts
    from service.models.moderator import Role

    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif not keep_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _session(settings) as session:
        at_site = sites.require(session, slug)
        person = sites.add_moderator(session, at_site, email, name=name, role=Role(role), password=password)
        detail = {"role": role, "password_set": password is not None}
        operator_acts.record(
            session, "moderator.add", site_id=at_site.id, subject=("moderator", person.id), detail=detail
        )
        click.echo(f"{person.email} is {role} at {slug}.")


@main.command("settings")
@as_json
@with_settings
def show_settings(settings: Settings, *, as_json: bool) -> None:
    """Show the settings in force, secrets masked."""
    from service.cli import settings_table

    _show(settings_table.effective(settings), as_json=as_json)


@main.command()
@click.argument("text", required=False)
@as_json
@with_settings
def score(settings: Settings, *, text: str | None, as_json: bool) -> None:
    """Score TEXT (default: standard input) by the running interactive worker; nothing is stored."""
    from service.errors import Unavailable
    from service.queues import Queues

    answer = Queues(settings.effective_redis_url).ask(
        {"text": text if text is not None else sys.stdin.read()}, deadline_seconds=settings.score_deadline_ms / 1000
    )
    if answer is None or "assessment" not in answer:
        raise Unavailable(
            "No answer from an interactive worker; `moderato up` or `moderato worker interactive` runs one."
        )
    if as_json:
        click.echo(json.dumps(answer["assessment"]))
        return
    scores = answer["assessment"]["scores"]
    _show([{"attribute": name, "score": f"{found['value']:.4f}"} for name, found in scores.items()], as_json=False)


@main.command()
@click.argument("role", type=click.Choice(["web", "classification", "interactive", "delivery", "upkeep"]))
@with_settings
def alive(settings: Settings, *, role: str) -> None:
    """Say whether this machine's ROLE works: exit status 0 or 1, for a container's health check."""
    from service.machine import vital_signs

    found = vital_signs.web_answers(settings) if role == "web" else vital_signs.worker_beats(settings, role)
    click.echo(f"{role} is alive." if found else f"{role} is not responding.")
    sys.exit(0 if found else 1)


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from service.api import openapi as description

    click.echo(json.dumps(description.document(), indent=2, ensure_ascii=False))


@main.command("version")
@as_json
def show_version(*, as_json: bool) -> None:
    """Print the version."""
    found = version("moderato")
    click.echo(json.dumps({"version": found}) if as_json else found)


@contextmanager
def _session(settings: Settings) -> "Iterator[Session]":
    """Yield a session that writes: the command line is an edge, so it opens and commits the transaction."""
    from service.db import Database

    database = Database(settings.effective_database_url)
    try:
        with database.write() as session:
            yield session
    finally:
        database.dispose()


def _show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows as JSON lines' elder sister, one array, or as aligned columns."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        return
    cells = [list(rows[0]), *([("-" if value is None else str(value)) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
