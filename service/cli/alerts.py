"""`moderato alerts`: try whether alerts arrive."""

import time

import click

from service.accounts import sites
from service.cli.options import with_settings
from service.cli.session import writing
from service.clock import utc_now
from service.db import new_id
from service.errors import Conflict, Invalid, Unavailable
from service.installation import data_folder
from service.installation.settings import Settings
from service.installation.storage import opened
from service.models import AlertMessage, AlertState
from service.moderation import operator_acts
from service.moderation.alerts import messages, recipients, words
from service.outside import mail
from service.outside.mail import MailFault

PATIENCE_SECONDS = 60.0  # for the upkeep worker to send a test message


@click.group()
def alerts() -> None:
    """Try whether alerts arrive."""


@alerts.command("test")
@click.option("--to", "address", help="Send a test e-mail to this address.")
@click.option("--site", "slug", help="Send a test message to this site's chat.")
@with_settings
def test(settings: Settings, *, address: str | None, slug: str | None) -> None:
    """Send a test message and say what failed."""
    if (address is None) == (slug is None):
        raise Invalid("Say where to: --to ADDRESS for an e-mail, or --site SLUG for a site's chat.")
    if address is not None:
        _mail(settings, address)
    elif slug is not None:
        _chat(settings, slug)


def _mail(settings: Settings, address: str) -> None:
    server = settings.mail_server
    if server is None:
        raise Invalid("No e-mail is sent: set MODERATO_SMTP_HOST and MODERATO_MAIL_FROM.")
    base = (settings.public_url or "").rstrip("/")
    text = words.of_test(site="", link=f"{base}/console/" if base else "")
    try:
        message = mail.compose(
            server, address, subject=text.subject, text=text.body, message_id=new_id(), now=utc_now()
        )
        mail.send(server, message)
    except MailFault as fault:
        raise Unavailable(str(fault)) from None
    click.echo(f"{server.host}:{server.port} has taken the e-mail to {address}. Look there, and in its spam folder.")


def _chat(settings: Settings, slug: str) -> None:
    data_folder.require(settings)
    with writing(settings) as session:
        site = sites.require(session, slug)
        if not recipients.of_site(session, site.id).secrets:
            raise Conflict(f"{slug} has no chat; an admin enters its address on the Alerts page of the console.")
        message_id = messages.plan_test(session, site.id)
        operator_acts.record(session, "alerts.test", site_id=site.id, subject=("alert", message_id))
    until = time.monotonic() + PATIENCE_SECONDS
    with opened(settings) as database:
        while time.monotonic() < until:
            with database.read() as session:
                message = session.get_one(AlertMessage, message_id)
            if message.state is AlertState.SENT:
                click.echo(f"The chat of {slug} has taken the message.")
                return
            if message.error:
                raise Unavailable(f"The chat of {slug} has not taken the message: {message.error}")
            time.sleep(0.25)
    raise Unavailable(f"No upkeep worker has tried within {PATIENCE_SECONDS:.0f} seconds; `moderato doctor` says more.")
