"""What endpoints and webhook sources have in common: the list, the switch, secrets, removal.

A secret is shown once, in the answer to the form that made it, never by a redirect, which would put it into a cookie.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.console import access
from service.console.acts import record, require_sure
from service.console.blueprint import console
from service.console.saying import said
from service.context import context
from service.db import database_now
from service.errors import Conflict, FieldError, Malformed
from service.models import Delivery, DeliveryState, Endpoint, InboundWebhook, WebhookSource
from service.models.moderator import Role
from service.moderation.callbacks import rotation
from service.moderation.webhooks import sources as webhook_sources
from service.outside.sealing import Unopenable

Row = TypeVar("Row", bound=Endpoint | WebhookSource)


@dataclass(frozen=True)
class Kind(Generic[Row]):
    """What differs between endpoints and sources."""

    name: str  # in the audit log
    confirm: str  # the refusal of a removal that nobody confirmed
    removed: str  # the notice after a removal
    find: Callable[[Session, str], Row]  # this site's row of an id, to be changed; raises NotFound
    told: Callable[[Row], dict[str, str]]  # what says in the audit log which one it was
    switch: Callable[[Session, Row, bool], None]
    remove: Callable[[Session, Row], None]

    def record(self, session: Session, act: str, row: Row, /, *, detail: Mapping[str, Any] | None = None) -> None:
        """Append an act to the audit log."""
        record(session, f"{self.name}.{act}", subject=(self.name, row.id), detail=detail)


@console.get("/sites/<site>/endpoints", endpoint="endpoints")
@access.require(Role.ADMIN)
def connections_page() -> ResponseReturnValue:
    """List the site's endpoints and sources with their state."""
    site = access.current_site()
    with context().database.read() as session:
        every = session.scalars(select(Endpoint).where(Endpoint.site_id == site.id).order_by(Endpoint.url)).all()
        sources = webhook_sources.of_site(session, site.id)
        return render_template(
            "console/endpoints.html",
            nav="Connections",
            endpoints=every,
            counts=counts_of(session, site.id),
            lost=_lost(every) | _lost(sources),
            sources=sources,
            letters=_letters(session, site.id),
            now=session.scalar(select(database_now())),
        )


def switch(kind: Kind[Row], row_id: str, /) -> bool:
    """Switch it on or off as the form says; return whether it is on now."""
    state = request.form.get("state")
    if state not in ("on", "off"):
        raise Malformed("state: must be on or off.")
    on = state == "on"
    with context().database.write() as session:
        found = kind.find(session, row_id)
        kind.switch(session, found, on)
        kind.record(session, "enable" if on else "disable", found, detail=kind.told(found))
    return on


def rotate(kind: Kind[Row], row_id: str, add: Callable[[Row], str], /) -> str:
    """Return a new secret, which `add` stores beside the previous one, for the page that shows it once."""
    with context().database.write() as session:
        found = kind.find(session, row_id)
        _check_fresh(found)
        secret = add(found)
        kind.record(session, "rotate", found)
    return secret


def end_rotation(kind: Kind[Row], row_id: str, /) -> None:
    """Accept only the newest secret from now on; the form must confirm this."""
    require_sure()
    with context().database.write() as session:
        found = kind.find(session, row_id)
        _check_fresh(found)
        rotation.end(found)
        kind.record(session, "end_rotation", found)


def remove(kind: Kind[Row], row_id: str, /) -> ResponseReturnValue:
    """Remove it and everything that belongs to it; the form must confirm this."""
    require_sure()
    with context().database.write() as session:
        found = kind.find(session, row_id)
        kind.record(session, "remove", found, detail=kind.told(found))
        kind.remove(session, found)
    flash(said(kind.removed))
    return redirect(url_for("console.endpoints"), 303)


def is_openable(row: Endpoint | WebhookSource, /) -> bool:
    """Whether the configured keys open one of its secrets, or it has no secret yet."""
    try:
        context().settings.keyring.open_all(row.secrets)
    except Unopenable:
        return False
    return True


def _lost(rows: Sequence[Endpoint] | Sequence[WebhookSource]) -> set[str]:
    return {row.id for row in rows if not is_openable(row)}


def mark_of(row: Endpoint | WebhookSource, /) -> str:
    """Return a mark that changes with the set of secrets and reveals nothing about them.

    A form that is sent twice, or was opened before another change, then does not rotate again.
    """
    return hashlib.sha256("".join(row.secrets).encode()).hexdigest()[:16]


def _check_fresh(row: Endpoint | WebhookSource) -> None:
    if request.form.get("seen") != mark_of(row):
        raise Conflict(
            "The secrets have changed since you opened this page, so nothing was changed. Reload it and try again."
        )


def secret_page(title: str, secret: str, back: str, /, *, signs: bool) -> str:
    """Return the only page that ever shows a secret."""
    return render_template(
        "console/endpoint_secret.html", nav="Connections", title=title, secret=secret, back=back, signs=signs
    )


def faults_of(errors: Sequence[FieldError], /) -> dict[str, str]:
    """Return the errors by the form field that they belong to."""
    return {error.pointer.removeprefix("#/"): said(error.detail) for error in errors}


def counts_of(session: Session, site_id: str, /) -> dict[str, dict[DeliveryState, int]]:
    """Return how many deliveries are in each state, by endpoint."""
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
