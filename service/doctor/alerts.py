"""Alerts: whether they can leave, and what did not."""

from collections.abc import Iterator

from service.db import Database
from service.doctor.finding import Finding
from service.installation.settings import Settings
from service.models import AlertState
from service.moderation.alerts import messages, recipients


def check(database: Database, settings: Settings) -> Iterator[Finding]:
    """Yield what keeps alerts from those who want them."""
    with database.read() as session:
        wanted, troubled = recipients.everyone(session), messages.troubled(session)
    by_mail = sum(not one.is_chat for one in wanted)
    if by_mail and settings.mail_server is None:
        detail = (
            f"{by_mail} of the moderators want alerts by e-mail; MODERATO_SMTP_HOST and MODERATO_MAIL_FROM are not set"
        )
        yield Finding("alerts", "warning", detail)
    if wanted and not settings.public_url:
        yield Finding("alerts", "warning", "alerts have no links into the console: PUBLIC_URL is not set")
    for error in dict.fromkeys(one.error for one in troubled):
        given_up = any(one.error == error and one.state is AlertState.FAILED for one in troubled)
        fate = "given up" if given_up else "tried again later"
        ids = tuple(one.id for one in troubled if one.error == error)
        yield Finding("alerts", "warning", f"alerts were not sent ({fate}): {error}", ids)
    if not troubled:
        chats = len(wanted) - by_mail
        yield Finding("alerts", "ok", f"{by_mail} by e-mail, {chats} to a chat; none is overdue")
