"""A site's alerts: when its queue is too old or too long, its chat, its quiet hours. For admins.

The stored address of the chat is never shown again: anybody who has it can post there.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.connections.common import faults_of
from service.console.numbers import whole_number
from service.context import context
from service.errors import Conflict, Invalid
from service.models import AlertKind, SiteAlerts
from service.models.moderator import Role
from service.moderation.alerts import choices, messages, recipients
from service.moderation.alerts.choices import Choice
from service.moderation.alerts.words import LABELS


@console.get("/sites/<site>/alerts")
@access.require(Role.ADMIN)
def site_alerts() -> ResponseReturnValue:
    """Show the form."""
    with context().database.read() as session:
        row = recipients.of_site(session, access.current_site().id)
    return _page(row, {})


@console.post("/sites/<site>/alerts")
@access.require(Role.ADMIN)
def save_site_alerts() -> ResponseReturnValue:
    """Store the form."""
    site, settings, chosen = access.current_site(), context().settings, _chosen()
    try:
        with context().database.write() as session:
            row = choices.change(
                session, site.id, chosen, keyring=settings.keyring, allowed=settings.callback_allowances
            )
            detail = {
                "held_minutes": row.held_minutes, "held_count": row.held_count, "kinds": row.kinds,
                "quiet": f"{row.quiet_from}-{row.quiet_until}", "chat": choices.chat_host(row, settings.keyring),
            }  # fmt: skip
            record(session, "alerts.change", subject=("site", site.id), detail=detail)
    except Invalid as fault:
        with context().database.read() as session:
            kept = recipients.of_site(session, site.id)
        typed = SiteAlerts(
            secrets=kept.secrets, kinds=[kind.value for kind in chosen.kinds], held_minutes=chosen.held_minutes,
            held_count=chosen.held_count, quiet_from=chosen.quiet_from, quiet_until=chosen.quiet_until,
        )  # fmt: skip
        return _page(typed, faults_of(fault.errors), chat=chosen.chat or ""), fault.status
    flash(_("Saved."))
    return redirect(url_for("console.site_alerts"), 303)


@console.post("/sites/<site>/alerts/test")
@access.require(Role.ADMIN)
def send_test_alert() -> ResponseReturnValue:
    """Have the upkeep worker send a test message to the chat."""
    site = access.current_site()
    with context().database.write() as session:
        if not recipients.of_site(session, site.id).secrets:
            raise Conflict("This site has no chat yet. Save its address first.")
        message_id = messages.plan_test(session, site.id)
        record(session, "alerts.test", subject=("alert", message_id))
    flash(_("A test message leaves within half a minute. If it does not arrive, the Operations page says why."))
    return redirect(url_for("console.site_alerts"), 303)


def _chosen() -> Choice:
    form = request.form
    address = form.get("chat", "").strip()
    return Choice(
        held_minutes=whole_number(form.get("held_minutes", "")) or 0,
        held_count=whole_number(form.get("held_count", "")) or 0,
        quiet_from=form.get("quiet_from", ""),
        quiet_until=form.get("quiet_until", ""),
        kinds=[kind for kind in AlertKind if kind.value in form.getlist("alert")],
        chat=None if "remove_chat" in form and not address else address,
    )


def _page(row: SiteAlerts, faults: dict[str, str], *, chat: str = "") -> str:
    with context().database.read() as session:
        zone = recipients.zone_of(session, access.current_site().id)
    return render_template(
        "console/site_alerts.html",
        nav="People",
        chosen=row,
        chat=chat,
        chat_host=choices.chat_host(row, context().settings.keyring),
        alert_labels=LABELS,
        urgent=recipients.URGENT,
        zone=zone,
        faults=faults,
        public_url=context().settings.public_url,
    )
