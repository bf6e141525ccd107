"""`moderato moderator`: who may sign in to the console."""

import sys

import click

from service import data_folder
from service.accounts import sites
from service.cli.options import with_settings
from service.cli.session import writing
from service.models.moderator import Role
from service.moderation import operator_acts
from service.settings import Settings


@click.group()
def moderator() -> None:
    """Add moderators and set their roles."""


@moderator.command("add")
@click.argument("email")
@click.option("--site", "slug", required=True, help="The site's slug.")
@click.option("--role", default="moderator", show_default=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="The name that colleagues see; default: the address.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; default: ask for it.")
@click.option("--keep-password", is_flag=True, help="Change only the site or role of an existing moderator.")
@with_settings
def add(
    settings: Settings, *, email: str, slug: str, role: str, name: str, password_stdin: bool, keep_password: bool
) -> None:
    """Let EMAIL moderate a site, or change their role or password."""
    data_folder.require(settings)  # before the operator types a password twice
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif not keep_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with writing(settings) as session:
        at_site = sites.require(session, slug)
        person = sites.add_moderator(session, at_site, email, name=name, role=Role(role), password=password)
        detail = {"role": role, "password_set": password is not None}
        operator_acts.record(
            session, "moderator.add", site_id=at_site.id, subject=("moderator", person.id), detail=detail
        )
        click.echo(f"{person.email} is {role} at {slug}.")
