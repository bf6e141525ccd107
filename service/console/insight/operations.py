"""The operations page: workers, queues, callbacks that failed, webhooks that could not be applied; trying again.

Queue lengths come from Redis and are hints; deliveries come from the database. `doctor` runs on request.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.formats import number
from service.console.insight import model_cards
from service.console.insight.dashboard import health
from service.context import context
from service.db import database_now
from service.doctor import examination
from service.doctor.finding import Finding
from service.errors import Conflict, NotFound
from service.models import (
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    WebhookSource,
    WorkerBeat,
)
from service.models.moderator import Role
from service.moderation.alerts import messages
from service.moderation.callbacks import deliveries, endpoints
from service.moderation.insight import open_comments
from service.moderation.insight import workers as workers_insight
from service.moderation.webhooks import inbound as webhooks
from service.queues import CLASSIFICATION, DELIVERY, QUEUES, Queues

SHOWN = 50
FORGOTTEN = timedelta(days=1)  # workers silent for longer are history


@dataclass(frozen=True)
class QueueState:
    """One RQ queue: jobs that wait, under way, kept as failed; None where Redis does not answer."""

    name: str
    waiting: int | None
    started: int | None
    failed: int | None


@console.get("/sites/<site>/operations")
@access.require(Role.LEAD)
def operations() -> ResponseReturnValue:
    """Show the state of the service."""
    return _page(findings=None)


@console.post("/sites/<site>/operations/doctor")
@access.require(Role.LEAD)
def run_doctor() -> ResponseReturnValue:
    """Run the checks of `moderato doctor` and show what they found."""
    return _page(findings=_examined())


@console.post("/sites/<site>/operations/deliveries/replay")
@access.require(Role.LEAD)
def replay_deliveries() -> ResponseReturnValue:
    """Make one failed callback due again, or all of an endpoint."""
    site, delivery_id = access.current_site(), request.form.get("delivery", "")
    with context().database.write() as session:
        if delivery_id:
            deliveries.replay(session, deliveries.require(session, site.id, delivery_id))
            count, subject = 1, ("delivery", delivery_id)
        else:
            endpoint = endpoints.require(session, site.id, request.form.get("endpoint", ""))
            since = utc_now() - timedelta(days=30)
            count = deliveries.replay_since(session, endpoint, since, failed_only=True)
            subject = ("endpoint", endpoint.id)
        record(session, "delivery.replay", subject=subject, detail={"count": count})
    context().queues.wake(DELIVERY)
    flash(
        ngettext(
            "%(count)s callback will be sent again, with the same ids.",
            "%(count)s callbacks will be sent again, with the same ids.",
            count,
            count=number(count),
        )
    )
    return redirect(url_for("console.operations"), 303)


@console.post("/sites/<site>/operations/endpoints/enable")
@access.require(Role.ADMIN)
def enable_endpoint() -> ResponseReturnValue:
    """Switch an endpoint on again; what it missed leaves then."""
    site = access.current_site()
    with context().database.write() as session:
        endpoint = endpoints.require(session, site.id, request.form.get("endpoint", ""))
        if endpoint.state is EndpointState.ACTIVE:
            raise Conflict("The endpoint is already switched on.")
        endpoints.enable(endpoint)
        record(session, "endpoint.enable", subject=("endpoint", endpoint.id), detail={"url": endpoint.url})
    context().queues.wake(DELIVERY)
    flash(_("The endpoint is switched on. Missed callbacks are being sent."))
    return redirect(url_for("console.operations"), 303)


@console.post("/sites/<site>/operations/webhooks/replay")
@access.require(Role.LEAD)
def replay_webhook() -> ResponseReturnValue:
    """Try a webhook again that could not be applied, with the source's map as it is now."""
    site = access.current_site()
    with context().database.write() as session:
        source = webhooks.require(session, site.id, request.form.get("source", ""))
        inbound = session.get(InboundWebhook, request.form.get("webhook", ""))
        if inbound is None or inbound.source_id != source.id:
            raise NotFound("This source has no such webhook.")
        webhooks.replay(session, source, inbound)
        applied, reason = inbound.state is not InboundState.DEAD, inbound.reason
        record(session, "webhook.replay", subject=("webhook", inbound.id), detail={"applied": applied})
    if applied:
        context().queues.wake(CLASSIFICATION)
    cannot = _("The webhook still cannot be applied: %(reason)s", reason=reason)
    flash(_("The webhook was applied.") if applied else cannot)
    return redirect(url_for("console.operations"), 303)


def _page(*, findings: list[Finding] | None) -> str:
    site = access.current_site()
    with context().database.read() as session:
        waiting = open_comments.count(session, site.id)
        workers = session.scalars(
            select(WorkerBeat).where(WorkerBeat.seen_at > utc_now() - FORGOTTEN).order_by(WorkerBeat.role)
        ).all()
        now = session.scalar(select(database_now()))
        assert now is not None
        alive_for = timedelta(seconds=workers_insight.ALIVE_SECONDS)
        alive = {beat.role for beat in workers if now - beat.seen_at < alive_for}
        # After a restart the earlier workers stay silent; only a role without a live worker is a fault.
        shown = [beat for beat in workers if now - beat.seen_at < alive_for or beat.role not in alive]
        told = {
            "now": now,
            "gone": len(workers) - len(shown),
            "waiting": waiting,
            "health": health(session, waiting),
            "workers": sorted(shown, key=lambda beat: (now - beat.seen_at >= alive_for, beat.role)),
            "alive_since": now - alive_for,
            "endpoints": _endpoints(session, site.id),
            "failed": _failed(session, site.id),
            "dead": _dead(session, site.id),
            "alerts": messages.troubled(session, site.id),
        }
    return render_template(
        "console/operations.html",
        nav="Operations",
        queues=list(_queues(context().queues)),
        cards=model_cards.shipped(),
        findings=findings,
        shown=SHOWN,
        **told,
    )


def _queues(queues: Queues) -> Iterable[QueueState]:
    for name in QUEUES:
        try:
            queue = Queue(name, connection=queues.redis, serializer=JSONSerializer)
            started, failed = (
                queues.redis.zcard(registry.key) for registry in (queue.started_job_registry, queue.failed_job_registry)
            )
            yield QueueState(name, queue.count, started, failed)
        except (RedisError, OSError):
            yield QueueState(name, None, None, None)


def _endpoints(session: Session, site_id: str) -> list[tuple[Endpoint, int, int]]:
    states = (DeliveryState.WAITING, DeliveryState.FAILED)
    counts: dict[tuple[str, DeliveryState], int] = {
        (endpoint_id, state): count
        for endpoint_id, state, count in session.execute(
            select(Delivery.endpoint_id, Delivery.state, func.count())
            .where(Delivery.site_id == site_id, Delivery.state.in_(states))
            .group_by(Delivery.endpoint_id, Delivery.state)
        )
    }
    every = session.scalars(select(Endpoint).where(Endpoint.site_id == site_id).order_by(Endpoint.url).limit(200))
    return [
        (endpoint, *(counts.get((endpoint.id, state), 0) for state in states))  # type: ignore[misc]
        for endpoint in every
    ]


def _failed(session: Session, site_id: str) -> list[tuple[Delivery, Endpoint, str | None]]:
    rows = session.execute(
        select(Delivery, Endpoint, Comment.external_id)
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .outerjoin(Comment, Comment.id == Delivery.comment_id)
        .where(Delivery.site_id == site_id, Delivery.state == DeliveryState.FAILED)
        .order_by(Delivery.created_at.desc())
        .limit(SHOWN)
    )
    return [(delivery, endpoint, external_id) for delivery, endpoint, external_id in rows]


def _dead(session: Session, site_id: str) -> list[tuple[InboundWebhook, WebhookSource]]:
    rows = session.execute(
        select(InboundWebhook, WebhookSource)
        .join(WebhookSource, WebhookSource.id == InboundWebhook.source_id)
        .where(WebhookSource.site_id == site_id, InboundWebhook.state == InboundState.DEAD)
        .order_by(InboundWebhook.received_at.desc())
        .limit(SHOWN)
    )
    return [(inbound, source) for inbound, source in rows]


def _examined() -> list[Finding]:
    return list(examination.examine(context().settings))
