"""A site's endpoints: register, change, switch off and on, rotate secrets with an overlap.

An endpoint gets its first secret when a worker that has the keys first needs it: the transaction of a decision, which
registers an origin, runs in processes without keys.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import add_or_find, database_now
from service.errors import Conflict, FieldError, Invalid, NotFound
from service.models import Endpoint, EndpointKind, EndpointState
from service.moderation.callbacks import rotation
from service.outside.addresses import AddressRefused, Allowances, parse_target
from service.outside.sealing import Keyring
from service.outside.signatures import new_secret
from service.sentences import worded
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
    check_address(url, allowed, pointer="#/url")
    _check_events(events)
    if per_comment:
        url = parse_target(url, allowed).origin
    kind = EndpointKind.ORIGIN if per_comment else EndpointKind.REGISTERED
    endpoint = Endpoint(site_id=site_id, kind=kind, url=url, events=list(events), description=description)
    endpoint, is_new = add_or_find(session, endpoint, lambda: _find(session, site_id, kind, url))
    if not is_new:
        raise Conflict("An endpoint with this address already exists. Change that one.")
    return endpoint


def find_or_add_origin(session: Session, site_id: str, origin: str, /) -> Endpoint:
    """Return the endpoint for callback addresses of `origin` that are sent with comments."""
    kind = EndpointKind.ORIGIN
    found = _find(session, site_id, kind, origin)
    if found is not None:
        return found
    endpoint = Endpoint(site_id=site_id, kind=kind, url=origin)
    return add_or_find(session, endpoint, lambda: _find(session, site_id, kind, origin))[0]


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
        check_address(url, allowed, pointer="#/url")
        endpoint.url = url
    if events is not None:
        _check_events(events)
        endpoint.events = list(events)
    if url is not None or events is not None:
        endpoint.updated_at = database_now()
    if description is not None:
        endpoint.description = description
    session.flush()


def check_address(url: str, allowed: Allowances, /, *, pointer: str) -> None:
    """Raise Invalid for an address that no callback can be delivered to; `pointer` is the field that it came in."""
    try:
        parse_target(url, allowed)
    except AddressRefused as refusal:
        detail = worded("This address cannot be used: %(reason)s.", reason=refusal.reason)
        raise Invalid(detail, errors=[FieldError(pointer, "address_refused", detail)]) from None


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
    rotation.begin(endpoint, keyring, secret)
    return secret


def _find(session: Session, site_id: str, kind: EndpointKind, url: str) -> Endpoint | None:
    return session.scalar(
        select(Endpoint).where(Endpoint.site_id == site_id, Endpoint.kind == kind, Endpoint.url == url)
    )


def _check_events(events: Sequence[str]) -> None:
    known = [event.value for event in SUBSCRIBABLE]
    if not set(events) <= set(known):
        detail = f"events must be among {', '.join(known)}"
        raise Invalid(detail, errors=[FieldError("#/events", "unknown_event", detail)])
