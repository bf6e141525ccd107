"""`moderato moderator`: who may sign in to the console."""

import sys

import click
from sqlalchemy.orm import Session

from service.accounts import moderators, sites
from service.cli import rows
from service.cli.options import as_json, with_settings
from service.cli.session import writing
from service.clock import rfc3339
from service.installation import data_folder
from service.installation.settings import Settings
from service.models import Moderator, Site
from service.models.moderator import Role
from service.moderation import operator_acts

ROLE = click.Choice([role.value for role in Role])
password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; default: ask for it."
)


@click.group()
def moderator() -> None:
    """Add, list and remove moderators; set their roles and passwords."""


@moderator.command("add")
@click.argument("email")
@click.option("--site", "slug", required=True, help="The site's slug.")
@click.option("--role", default="moderator", show_default=True, type=ROLE)
@click.option("--name", default="", help="The name that colleagues see; default: the address.")
@password_stdin
@click.option("--keep-password", is_flag=True, help="Change only the site or role of an existing moderator.")
@with_settings
def add(
    settings: Settings, *, email: str, slug: str, role: str, name: str, password_stdin: bool, keep_password: bool
) -> None:
    """Let EMAIL moderate a site, or change their role or password; lets somebody removed in again."""
    data_folder.require(settings)  # before the operator types a password twice
    password = None if keep_password else _password(from_stdin=password_stdin)
    with writing(settings) as session:
        at_site = sites.require(session, slug)
        person = moderators.add(session, at_site, email, name=name, role=Role(role), password=password)
        _record(session, "add", at_site, person, role=role, password_set=password is not None)
        click.echo(f"{person.email} is {role} at {slug}.")


@moderator.command("list")
@click.option("--site", "slug", help="Only those of this site.")
@as_json
@with_settings
def list_moderators(settings: Settings, *, slug: str | None, as_json: bool) -> None:
    """List everybody who may sign in, with their role at each site."""
    with writing(settings) as session:
        site_id = sites.require(session, slug).id if slug else None
        found = [
            {
                "email": member.moderator.email,
                "name": member.moderator.name,
                "site": member.site.slug if member.site else None,
                "role": member.role.value if member.role else None,
                "removed": rfc3339(member.moderator.disabled_at),
            }
            for member in moderators.members(session, site_id)
        ]
    rows.show(found, as_json=as_json)


@moderator.command("role")
@click.argument("email")
@click.argument("role", type=ROLE)
@click.option("--site", "slug", required=True, help="The site's slug.")
@with_settings
def role(settings: Settings, *, email: str, role: str, slug: str) -> None:
    """Give EMAIL the ROLE at a site; a lesser one than before ends their sessions."""
    with writing(settings) as session:
        at_site, person = sites.require(session, slug), moderators.require(session, email)
        before = moderators.role_at(session, at_site, person)
        ended = moderators.set_role(session, at_site, person, Role(role))
        _record(session, "role", at_site, person, **{"from": before, "to": role, "sessions_ended": ended})
        click.echo(f"{person.email} is {role} at {slug}.{_said(ended)}")


@moderator.command("remove")
@click.argument("email")
@click.option("--site", "slug", help="Only from this site; default: everywhere, and the account is disabled.")
@with_settings
def remove(settings: Settings, *, email: str, slug: str | None) -> None:
    """Let EMAIL in no more, and end their sessions; what they decided keeps their name."""
    with writing(settings) as session:
        person = moderators.require(session, email)
        at_site = sites.require(session, slug) if slug else None
        ended = moderators.remove(session, at_site, person) if at_site else moderators.disable(session, person)
        _record(session, "remove", at_site, person, sessions_ended=ended)
        click.echo(f"{person.email} has no role at {slug or 'any site'} any more.{_said(ended)}")


@moderator.command("passwd")
@click.argument("email")
@password_stdin
@with_settings
def passwd(settings: Settings, *, email: str, password_stdin: bool) -> None:
    """Set a new password for EMAIL and end their sessions."""
    data_folder.require(settings)
    password = _password(from_stdin=password_stdin)
    with writing(settings) as session:
        person = moderators.require(session, email)
        ended = moderators.set_password(session, person, password)
        _record(session, "password", None, person, sessions_ended=ended)
        click.echo(f"{person.email} has a new password.{_said(ended)}")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _said(ended: int) -> str:
    return f" {ended} {'session' if ended == 1 else 'sessions'} ended." if ended else ""


def _record(session: Session, act: str, site: Site | None, person: Moderator, **detail: object) -> None:
    site_id = site.id if site else None
    operator_acts.record(session, f"moderator.{act}", site_id=site_id, subject=("moderator", person.id), detail=detail)
