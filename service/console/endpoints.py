"""Connections: where callbacks go, how they fare, their secrets; beside them the sources of webhooks. For admins.

A secret is shown once, by the answer to the form that made it: never by a redirect, which would carry it in a cookie.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import addresses
from service.addresses import Allowances
from service.clock import utc_now
from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.context import context
from service.db import database_now
from service.errors import Conflict, Invalid, Malformed
from service.models import Comment, Delivery, DeliveryState, Endpoint, EndpointState, InboundWebhook, WebhookSource
from service.models.endpoint import EndpointKind
from service.models.moderator import Role
from service.moderation import deliveries, endpoints, outbox
from service.queues import DELIVERY
from service.sealing import Unopenable
from service.vocabulary import SUBSCRIBABLE

PAGE = 50


@dataclass(frozen=True)
class Fields:
    """What the form shows, or was sent with."""

    url: str = ""
    description: str = ""
    events: Sequence[str] = ()
    per_comment: bool = False


@console.get("/sites/<site>/endpoints", endpoint="endpoints")
@access.require(Role.ADMIN)
def endpoints_page() -> ResponseReturnValue:
    """List the site's endpoints and sources with how they fare."""
    site = access.current_site()
    with context().database.read() as session:
        every = session.scalars(select(Endpoint).where(Endpoint.site_id == site.id).order_by(Endpoint.url)).all()
        sources = session.scalars(
            select(WebhookSource).where(WebhookSource.site_id == site.id).order_by(WebhookSource.name)
        ).all()
        return render_template(
            "console/endpoints.html",
            nav="Connections",
            endpoints=every,
            counts=_counts(session, site.id),
            lost=_lost(every) | _lost(sources),
            sources=sources,
            letters=_letters(session, site.id),
            now=session.scalar(select(database_now())),
        )


@console.route("/sites/<site>/endpoints/new", methods=["GET", "POST"])
@access.require(Role.ADMIN)
def new_endpoint() -> ResponseReturnValue:
    """Register an endpoint; its secret is shown this once."""
    if request.method == "GET":
        return _form(None, fields=Fields(), faults={})
    site, form = access.current_site(), _read_form()
    try:
        with context().database.write() as session:
            endpoint = endpoints.register(
                session,
                site.id,
                form.url,
                allowed=allowed(),
                events=form.events,
                description=form.description,
                per_comment=form.per_comment,
            )
            secret = endpoints.secrets_of(session, endpoint, context().settings.keyring)[0]
            record(session, "endpoint.register", subject=("endpoint", endpoint.id), detail={"url": endpoint.url})
    except (Invalid, Conflict) as problem:
        return _form(None, fields=form, faults=_faults(problem)), problem.status
    return secret_page("Endpoint registered", secret, url_for("console.endpoint", endpoint_id=endpoint.id), signs=True)


@console.get("/sites/<site>/endpoints/<endpoint_id>")
@access.require(Role.ADMIN)
def endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Show an endpoint: its state, its form, its secret's age, its log."""
    with context().database.read() as session:
        found = endpoints.require(session, access.current_site().id, endpoint_id)
    return _form(found, fields=Fields(found.url, found.description, found.events), faults={})


@console.post("/sites/<site>/endpoints/<endpoint_id>")
@access.require(Role.ADMIN)
def change_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Save the form; what is owed already goes to the new address."""
    form = _read_form()
    try:
        with context().database.write() as session:
            found = _required(session, endpoint_id)
            url = form.url if found.kind is EndpointKind.REGISTERED else None
            endpoints.change(
                session, found, allowed=allowed(), url=url, events=form.events, description=form.description
            )
            record(session, "endpoint.change", subject=("endpoint", found.id), detail={"url": found.url})
    except Invalid as problem:
        with context().database.read() as session:
            found = _required(session, endpoint_id)
        return _form(found, fields=form, faults=_faults(problem)), problem.status
    context().queues.wake(DELIVERY)
    flash("Saved.")
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/switch")
@access.require(Role.ADMIN)
def switch_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Switch an endpoint on or off; what it misses while it is off is owed for 30 days."""
    state = request.form.get("state")
    if state not in ("on", "off"):
        raise Malformed("state: must be on or off.")
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        if (found.state is EndpointState.ACTIVE) is (state == "on"):
            raise Conflict(f"The endpoint is switched {state} already.")
        if state == "on":
            endpoints.enable(found)
        else:
            endpoints.disable(found, "Switched off in the console.")
        act = "endpoint.enable" if state == "on" else "endpoint.disable"
        record(session, act, subject=("endpoint", found.id), detail={"url": found.url})
    context().queues.wake(DELIVERY)
    flash("Switched on; what it missed is on its way." if state == "on" else "Switched off; what it misses waits.")
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/rotate")
@access.require(Role.ADMIN)
def rotate_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Add a secret and show it this once; the one before signs as well for a while."""
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        check_fresh(found)
        secret = endpoints.rotate(found, context().settings.keyring)
        record(session, "endpoint.rotate", subject=("endpoint", found.id))
    return secret_page("New signing secret", secret, url_for("console.endpoint", endpoint_id=endpoint_id), signs=True)


@console.post("/sites/<site>/endpoints/<endpoint_id>/end-rotation")
@access.require(Role.ADMIN)
def end_endpoint_rotation(endpoint_id: str) -> ResponseReturnValue:
    """Let only the newest secret sign from now on."""
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        check_fresh(found)
        endpoints.retire_old_secrets(found)
        record(session, "endpoint.end_rotation", subject=("endpoint", found.id))
    flash("Only the newest secret signs from now on.")
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/test")
@access.require(Role.ADMIN)
def test_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Owe a callback that tells nothing, and show how it fares."""
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        delivery = outbox.owe_test(session, found)
        record(session, "endpoint.test", subject=("endpoint", found.id))
    context().queues.wake(DELIVERY)
    flash("A test callback is on its way; reload this page to see what came of it.")
    return redirect(url_for("console.delivery", delivery_id=delivery.id), 303)


@console.post("/sites/<site>/endpoints/<endpoint_id>/replay")
@access.require(Role.ADMIN)
def replay_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Owe again what the endpoint was owed since a time: what failed, or all of it."""
    since, only = _moment(request.form.get("since", "")), request.form.get("only", "failed")
    if only not in ("failed", "all"):
        raise Malformed("only: must be failed or all.")
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        count = deliveries.replay_since(session, found, since, failed_only=only == "failed")
        detail = {"count": count, "since": since.isoformat(timespec="seconds"), "only": only}
        record(session, "endpoint.replay", subject=("endpoint", found.id), detail=detail)
    context().queues.wake(DELIVERY)
    flash(f"{count:,} {'callback is' if count == 1 else 'callbacks are'} owed again, under the same ids.")
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/remove")
@access.require(Role.ADMIN)
def remove_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Remove an endpoint with what it is owed and its log; the box that says so must be ticked."""
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        if "sure" not in request.form:
            raise Invalid("Tick the box: what the endpoint is owed and its log go with it.")
        record(session, "endpoint.remove", subject=("endpoint", found.id), detail={"url": found.url})
        session.delete(found)
    flash("The endpoint is removed.")
    return redirect(url_for("console.endpoints"), 303)


def allowed() -> Allowances:
    """Return what the operator lets callbacks reach."""
    settings = context().settings
    return addresses.allowances(networks=settings.callback_allow_private, http=settings.callback_allow_http)


def is_openable(row: Endpoint | WebhookSource, /) -> bool:
    """Whether the configured keys open one of its secrets, or it has none yet."""
    try:
        context().settings.keyring.open_all(row.secrets)
    except Unopenable:
        return False
    return True


def _lost(rows: Sequence[Endpoint] | Sequence[WebhookSource]) -> set[str]:
    return {row.id for row in rows if not is_openable(row)}


def mark_of(row: Endpoint | WebhookSource, /) -> str:
    """Return what tells one set of secrets from the next, and nothing about them: a page that is sent twice, or was
    opened before somebody else's change, does not rotate again."""
    return hashlib.sha256("".join(row.secrets).encode()).hexdigest()[:16]


def check_fresh(row: Endpoint | WebhookSource, /) -> None:
    """Raise Conflict when the page that the form stood on showed other secrets than there are now."""
    if request.form.get("seen") != mark_of(row):
        raise Conflict("The secrets were changed since this page was opened. Nothing was done; look again.")


def secret_page(title: str, secret: str, back: str, /, *, signs: bool) -> str:
    """Return the page that shows a secret, the only one that ever does."""
    return render_template(
        "console/endpoint_secret.html", nav="Connections", title=title, secret=secret, back=back, signs=signs
    )


def _form(found: Endpoint | None, *, fields: Fields, faults: dict[str, str]) -> str:
    told: dict[str, object] = {}
    if found is not None:
        with context().database.read() as session:
            told = {
                "log": log_of(session, found, _state_asked(), request.args.get("before", "")),
                "counts": _counts(session, found.site_id).get(found.id, {}),
                "now": session.scalar(select(database_now())),
            }
        told |= {"lost": not is_openable(found), "mark": mark_of(found), "chosen_state": _state_asked()}
    since = utc_now() - timedelta(days=1)
    return render_template(
        "console/endpoint.html",
        nav="Connections",
        endpoint=found,
        fields=fields,
        faults=faults,
        events=SUBSCRIBABLE,
        states=list(DeliveryState),
        page_size=PAGE,
        since=since.strftime("%Y-%m-%dT%H:%M"),
        **told,
    )


def log_of(
    session: Session, found: Endpoint, state: DeliveryState | None, before: str, /
) -> list[tuple[Delivery, str | None]]:
    """Return a page of the endpoint's deliveries and one more, newest first, each with its comment's own id."""
    chosen = (
        select(Delivery, Comment.external_id)
        .outerjoin(Comment, Comment.id == Delivery.comment_id)
        .where(Delivery.endpoint_id == found.id)
        .order_by(Delivery.id.desc())
        .limit(PAGE + 1)
    )
    if state is not None:
        chosen = chosen.where(Delivery.state == state)
    if before.isalnum():
        chosen = chosen.where(Delivery.id < before)
    return [(delivery, external_id) for delivery, external_id in session.execute(chosen)]


def _read_form() -> Fields:
    form = request.form
    return Fields(
        url=form.get("url", "").strip(),
        description=" ".join(form.get("description", "").split())[:200],
        events=form.getlist("events"),
        per_comment="per_comment" in form,
    )


def _faults(problem: Invalid | Conflict) -> dict[str, str]:
    return {error.pointer.removeprefix("#/"): error.detail for error in problem.errors} or {"url": problem.detail}


def _required(session: Session, endpoint_id: str) -> Endpoint:
    return endpoints.require(session, access.current_site().id, endpoint_id, lock=True)


def _back(endpoint_id: str) -> ResponseReturnValue:
    return redirect(url_for("console.endpoint", endpoint_id=endpoint_id), 303)


def _state_asked() -> DeliveryState | None:
    asked = request.args.get("state", "")
    return DeliveryState(asked) if asked in list(DeliveryState) else None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("The time cannot be read; write it as 2026-01-31T18:30 (UTC).") from None


def _counts(session: Session, site_id: str) -> dict[str, dict[DeliveryState, int]]:
    found: dict[str, dict[DeliveryState, int]] = {}
    rows = session.execute(
        select(Delivery.endpoint_id, Delivery.state, func.count())
        .where(Delivery.site_id == site_id)
        .group_by(Delivery.endpoint_id, Delivery.state)
    )
    for endpoint_id, state, count in rows:
        found.setdefault(endpoint_id, {})[state] = count
    return found


def _letters(session: Session, site_id: str) -> dict[str, int]:
    rows = session.execute(
        select(InboundWebhook.source_id, func.count())
        .join(WebhookSource, WebhookSource.id == InboundWebhook.source_id)
        .where(WebhookSource.site_id == site_id, InboundWebhook.body.is_not(None))
        .group_by(InboundWebhook.source_id)
    )
    return dict(rows.all())
