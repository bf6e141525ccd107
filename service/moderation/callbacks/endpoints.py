"""A site's endpoints: register, change, switch off and on, rotate secrets with an overlap.

An endpoint gets its first secret when a worker that has the keys first needs it: the transaction of a decision, which
registers an origin, runs in processes without keys.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict, FieldError, Invalid, NotFound
from service.models import Endpoint, EndpointKind, EndpointState
from service.outside.addresses import AddressRefused, Allowances, parse_target
from service.outside.sealing import Keyring
from service.outside.signatures import new_secret
from service.vocabulary import SUBSCRIBABLE


def register(
    session: Session,
    site_id: str,
    url: str,
    /,
    *,
    allowed: Allowances,
    events: Sequence[str] = (),
    description: str = "",
    per_comment: bool = False,
) -> Endpoint:
    """Add an endpoint; with `per_comment` one for the callback addresses that are sent with comments.

    Raise Invalid for a wrong address or event, Conflict if the endpoint exists.
    """
    _check_url(url, allowed)
    _check_events(events)
    if per_comment:
        url = parse_target(url, allowed).origin
    endpoint = Endpoint(
        site_id=site_id,
        kind=EndpointKind.ORIGIN if per_comment else EndpointKind.REGISTERED,
        url=url,
        events=list(events),
        description=description,
    )
    try:
        with session.begin_nested():
            session.add(endpoint)
    except IntegrityError:
        raise Conflict("An endpoint with this address already exists. Change that one.") from None
    return endpoint


def find_or_add_origin(session: Session, site_id: str, origin: str, /) -> Endpoint:
    """Return the endpoint for callback addresses of `origin` that are sent with comments."""
    same = select(Endpoint).where(
        Endpoint.site_id == site_id, Endpoint.kind == EndpointKind.ORIGIN, Endpoint.url == origin
    )
    endpoint = session.scalar(same)
    if endpoint is not None:
        return endpoint
    endpoint = Endpoint(site_id=site_id, kind=EndpointKind.ORIGIN, url=origin)
    try:
        with session.begin_nested():
            session.add(endpoint)
    except IntegrityError:  # another transaction added it between our SELECT and our INSERT
        return session.scalars(same).one()
    return endpoint


def require(session: Session, site_id: str, endpoint_id: str, /, *, lock: bool = False) -> Endpoint:
    """Return the site's endpoint with that id or raise NotFound, also for another site's endpoint."""
    chosen = select(Endpoint).where(Endpoint.site_id == site_id, Endpoint.id == endpoint_id)
    endpoint = session.scalar(chosen.with_for_update() if lock else chosen) if endpoint_id.isalnum() else None
    if endpoint is None:
        raise NotFound("This site has no endpoint with this id.")
    return endpoint


def change(
    session: Session,
    endpoint: Endpoint,
    /,
    *,
    allowed: Allowances,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
) -> None:
    """Change the fields that are given; callbacks that are already queued go to the new address."""
    if url is not None and url != endpoint.url:
        if endpoint.kind is EndpointKind.ORIGIN:
            raise Conflict("This endpoint's address is sent with the comments and cannot be changed here.")
        _check_url(url, allowed)
        endpoint.url = url
    if events is not None:
        _check_events(events)
        endpoint.events = list(events)
    if url is not None or events is not None:
        endpoint.updated_at = database_now()
    if description is not None:
        endpoint.description = description
    session.flush()


def enable(endpoint: Endpoint, /) -> None:
    """Switch the endpoint on: the callbacks that waited are due now."""
    endpoint.state, endpoint.disabled_reason, endpoint.disabled_at = EndpointState.ACTIVE, "", None
    endpoint.failures, endpoint.paused_until, endpoint.held_reason = 0, None, ""


def disable(endpoint: Endpoint, reason: str, /) -> None:
    """Switch the endpoint off and keep the reason for the console."""
    endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason[:300]
    endpoint.disabled_at = database_now()


def secrets_of(session: Session, endpoint: Endpoint, keyring: Keyring, /) -> list[str]:
    """Return the secrets that sign, newest first, never empty: the first secret is made here.

    Raise Unopenable if a key is missing. Call it in a write transaction that locks the endpoint's row, or two callers
    make two first secrets.
    """
    if not endpoint.secrets:
        endpoint.secrets = [keyring.seal(new_secret())]
        session.flush()
    return keyring.open_all(endpoint.secrets)


def rotate(endpoint: Endpoint, keyring: Keyring, /) -> str:
    """Add a secret and return it; the previous one also signs until the rotation ends, older ones no longer."""
    secret = new_secret()
    endpoint.secrets = [keyring.seal(secret), *endpoint.secrets[:1]]
    endpoint.rotated_at = database_now()
    return secret


def retire_old_secrets(endpoint: Endpoint, /) -> None:
    """End a rotation: from now on only the newest secret signs."""
    endpoint.secrets, endpoint.rotated_at = endpoint.secrets[:1], None


def _check_url(url: str, allowed: Allowances) -> None:
    try:
        parse_target(url, allowed)
    except AddressRefused as refusal:
        raise Invalid(str(refusal), errors=[FieldError("#/url", "address_refused", str(refusal))]) from None


def _check_events(events: Sequence[str]) -> None:
    known = [event.value for event in SUBSCRIBABLE]
    if not set(events) <= set(known):
        detail = f"events must be among {', '.join(known)}"
        raise Invalid(detail, errors=[FieldError("#/events", "unknown_event", detail)])
