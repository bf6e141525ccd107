"""An endpoint as a page: address, state, secret, log. For admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.console import access
from service.console.blueprint import console
from service.console.connections import common
from service.console.connections.common import Kind, counts_of, faults_of, is_openable, mark_of, secret_page
from service.context import context
from service.db import database_now
from service.errors import Conflict, Invalid, Malformed
from service.models import Comment, Delivery, DeliveryState, Endpoint, EndpointState
from service.models.endpoint import EndpointKind
from service.models.moderator import Role
from service.moderation.callbacks import deliveries, endpoints, outbox
from service.queues import DELIVERY
from service.vocabulary import SUBSCRIBABLE

PAGE = 50


@dataclass(frozen=True)
class Fields:
    """The values that the form shows or was sent with."""

    url: str = ""
    description: str = ""
    events: Sequence[str] = ()
    per_comment: bool = False


@console.route("/sites/<site>/endpoints/new", methods=["GET", "POST"])
@access.require(Role.ADMIN)
def new_endpoint() -> ResponseReturnValue:
    """Register an endpoint and show its secret once."""
    if request.method == "GET":
        return _form(None, fields=Fields(), faults={})
    site, form = access.current_site(), _read_form()
    try:
        with context().database.write() as session:
            endpoint = endpoints.register(
                session,
                site.id,
                form.url,
                allowed=context().settings.callback_allowances,
                events=form.events,
                description=form.description,
                per_comment=form.per_comment,
            )
            secret = endpoints.secrets_of(session, endpoint, context().settings.keyring)[0]
            KIND.record(session, "register", endpoint, detail=_told(endpoint))
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
    """Save the form; callbacks that are already queued go to the new address."""
    form = _read_form()
    try:
        with context().database.write() as session:
            found = _required(session, endpoint_id)
            url = form.url if found.kind is EndpointKind.REGISTERED else None
            endpoints.change(
                session,
                found,
                allowed=context().settings.callback_allowances,
                url=url,
                events=form.events,
                description=form.description,
            )
            KIND.record(session, "change", found, detail=_told(found))
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
    """Switch an endpoint on or off; callbacks that wait for it are kept for 30 days."""
    on = common.switch(KIND, endpoint_id)
    context().queues.wake(DELIVERY)
    flash(
        "Switched on. Callbacks that waited are being sent."
        if on
        else "Switched off. Callbacks wait until it is switched on."
    )
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/rotate")
@access.require(Role.ADMIN)
def rotate_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Add a secret and show it once; the previous one also signs for a while."""
    secret = common.rotate(KIND, endpoint_id, lambda found: endpoints.rotate(found, context().settings.keyring))
    return secret_page("New signing secret", secret, url_for("console.endpoint", endpoint_id=endpoint_id), signs=True)


@console.post("/sites/<site>/endpoints/<endpoint_id>/end-rotation")
@access.require(Role.ADMIN)
def end_endpoint_rotation(endpoint_id: str) -> ResponseReturnValue:
    """From now on only the newest secret signs."""
    common.end_rotation(KIND, endpoint_id)
    flash("From now on only the newest secret signs.")
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/test")
@access.require(Role.ADMIN)
def test_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Queue a test callback."""
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        delivery = outbox.owe_test(session, found)
        KIND.record(session, "test", found)
    context().queues.wake(DELIVERY)
    flash("A test callback is being sent. Reload this page to see the result.")
    return redirect(url_for("console.delivery", delivery_id=delivery.id), 303)


@console.post("/sites/<site>/endpoints/<endpoint_id>/replay")
@access.require(Role.ADMIN)
def replay_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Queue again the callbacks since a time: those that failed, or all of them."""
    since, only = _moment(request.form.get("since", "")), request.form.get("only", "failed")
    if only not in ("failed", "all"):
        raise Malformed("only: must be failed or all.")
    with context().database.write() as session:
        found = _required(session, endpoint_id)
        count = deliveries.replay_since(session, found, since, failed_only=only == "failed")
        detail = {"count": count, "since": since.isoformat(timespec="seconds"), "only": only}
        KIND.record(session, "replay", found, detail=detail)
    context().queues.wake(DELIVERY)
    flash(f"{count:,} {'callback is' if count == 1 else 'callbacks are'} queued again under the same ids.")
    return _back(endpoint_id)


@console.post("/sites/<site>/endpoints/<endpoint_id>/remove")
@access.require(Role.ADMIN)
def remove_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Remove an endpoint with its callbacks and its log."""
    return common.remove(KIND, endpoint_id)


def _form(found: Endpoint | None, *, fields: Fields, faults: dict[str, str]) -> str:
    told: dict[str, object] = {}
    if found is not None:
        with context().database.read() as session:
            told = {
                "log": _log(session, found, _state_asked(), request.args.get("before", "")),
                "counts": counts_of(session, found.site_id).get(found.id, {}),
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


def _log(
    session: Session, found: Endpoint, state: DeliveryState | None, before: str, /
) -> list[tuple[Delivery, str | None]]:
    """Return a page of the endpoint's deliveries plus one, newest first, each with the site's own comment id."""
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
    return faults_of(problem.errors) or {"url": problem.detail}


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
        raise Invalid("The time is not valid. Write it as 2026-01-31T18:30 (UTC).") from None


def _told(found: Endpoint) -> dict[str, str]:
    return {"url": found.url}


def _switch(_session: Session, found: Endpoint, on: bool) -> None:
    if (found.state is EndpointState.ACTIVE) is on:
        raise Conflict(f"The endpoint is already switched {'on' if on else 'off'}.")
    if on:
        endpoints.enable(found)
    else:
        endpoints.disable(found, "Switched off in the console.")


def _remove(session: Session, found: Endpoint) -> None:
    session.delete(found)


KIND = Kind("endpoint", "endpoint", _required, _told, _switch, _remove)
