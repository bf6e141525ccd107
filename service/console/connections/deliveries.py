"""One callback as a page: its body, every attempt and its outcome; sending it again. For admins."""

import json

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.console import access, id_sources
from service.console.acts import record
from service.console.blueprint import console
from service.context import context
from service.models import Comment, Endpoint, Report
from service.models.moderator import Role
from service.moderation.callbacks import deliveries, payloads
from service.moderation.callbacks.attempts import SCHEDULE
from service.queues import DELIVERY


@console.get("/sites/<site>/deliveries/<delivery_id>")
@access.require(Role.ADMIN)
def delivery(delivery_id: str) -> ResponseReturnValue:
    """Show a delivery with its attempts and its payload, which holds no text and no author."""
    with context().database.read() as session:
        found = deliveries.require(session, access.current_site().id, delivery_id)
        report = session.get(Report, found.report_id) if found.report_id else None
        about = report.comment_id if report else found.comment_id
        comment = session.get(Comment, about) if about else None
        id_sources.load(session)
        return render_template(
            "console/endpoint_delivery.html",
            nav="Connections",
            delivery=found,
            endpoint=session.get_one(Endpoint, found.endpoint_id),
            comment=comment,
            attempts=deliveries.attempts_of(session, found),
            payload=json.dumps(payloads.shown(session, found), indent=2, ensure_ascii=False),
            at_most=len(SCHEDULE),
        )


@console.post("/sites/<site>/deliveries/<delivery_id>/replay")
@access.require(Role.ADMIN)
def replay_delivery(delivery_id: str) -> ResponseReturnValue:
    """Queue one callback again under the same id."""
    with context().database.write() as session:
        found = deliveries.require(session, access.current_site().id, delivery_id)
        deliveries.replay(session, found)
        record(session, "delivery.replay", subject=("delivery", found.id), detail={"count": 1})
    context().queues.wake(DELIVERY)
    flash(_("The callback will be sent again under the same id."))
    return redirect(url_for("console.delivery", delivery_id=delivery_id), 303)
