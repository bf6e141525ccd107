"""`moderato up`, `web` and `alive`: the service itself, one of its parts, and whether a part works.

Each imports what it runs when it runs: `moderato web` must not load what only `moderato up` needs.
"""

import sys

import click

from service.cli.options import with_settings
from service.installation.settings import Settings


@click.command()
@click.option("--demo", is_flag=True, help="Send a demo article and comments, and show their verdicts.")
@with_settings
def up(settings: Settings, *, demo: bool) -> None:
    """Run the whole service on this machine."""
    from service.machine.up import up as run

    sys.exit(run(settings, demo=demo))


@click.command()
@with_settings
def web(settings: Settings) -> None:
    """Run the web server alone."""
    from service import log
    from service.installation import data_folder
    from service.machine import web_server

    data_folder.require(settings)
    log.configure(settings)
    web_server.serve(settings)


@click.command()
@click.argument("role", type=click.Choice(["web", "classification", "interactive", "delivery", "upkeep"]))
@with_settings
def alive(settings: Settings, *, role: str) -> None:
    """Check that this machine's ROLE works: exit status 0 or 1, for a container's health check."""
    from service.installation import data_folder
    from service.machine import vital_signs

    if role == "web":
        found = vital_signs.web_answers(settings)
    else:
        data_folder.require(settings)
        found = vital_signs.worker_beats(settings, role)
    click.echo(f"{role} is alive." if found else f"{role} is not responding.")
    sys.exit(0 if found else 1)
