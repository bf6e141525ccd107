"""The part of the preferences that says which alerts a moderator gets by e-mail, and when they wait."""

from typing import Any

from werkzeug.datastructures import MultiDict

from service.context import context
from service.models import AlertKind
from service.moderation.alerts import recipients
from service.moderation.alerts.words import LABELS


def read(form: MultiDict[str, str], /) -> dict[str, Any]:
    """Return the form's fields as they are stored; what is wrong among them has no effect."""
    return {
        "kinds": [kind.value for kind in AlertKind if kind.value in form.getlist("alert")],
        "quiet_from": form.get("quiet_from", ""),
        "quiet_until": form.get("quiet_until", ""),
    }


def for_page(stored: dict[str, Any], /) -> dict[str, Any]:
    """Return what the template shows."""
    return {
        "alerts": recipients.own(stored),
        "alert_labels": LABELS,
        "urgent": recipients.URGENT,
        "sends_mail": context().settings.mail_server is not None,
    }
