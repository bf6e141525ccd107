"""Webhooks from a CMS: verified, mapped to an event of a comment and applied, or kept as a dead letter until the map is
corrected.

The mark of each webhook is stored in the transaction of its effect: a repeat finds it, and a failure leaves neither.
Only a signed delivery id says that a webhook is a repeat. The same bytes without one are another event, because an
author may write the same words again, and the kind of the event may be in a header.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.db import add_or_find, database_now
from service.errors import NotFound, NotSigned, Problem, Unavailable
from service.models import InboundState, InboundWebhook, WebhookSource
from service.moderation.webhooks import events, field_maps
from service.moderation.webhooks.events import EventOutcome
from service.moderation.webhooks.field_maps import FieldMap, Mapped, Unmappable
from service.moderation.webhooks.presets import PRESETS
from service.outside import signatures
from service.outside.sealing import Keyring, Unopenable
from service.outside.signatures import Verified

SECRETIVE = ("authorization", "cookie", "proxy-authorization", "x-api-key")  # headers that may carry a secret
DEAD_LETTERS = 200  # kept per source; older ones lose their body


def find_genuine(
    session: Session, keyring: Keyring, source_id: str, headers: Mapping[str, str], body: bytes, now: datetime, /
) -> tuple[WebhookSource, Verified]:
    """Return the source of a genuine webhook and its mark; raise Unauthenticated, without detail, for any other.

    Raise Unavailable if no key opens the source's secrets: the webhook may be genuine, so the CMS should send it again.
    """
    source = session.get(WebhookSource, source_id) if source_id.isalnum() and len(source_id) == 32 else None
    try:
        if source is None or source.disabled_at is not None:
            raise signatures.BadSignature
        secrets = keyring.open_all(source.secrets)
        return source, signatures.verify(source.style, secrets, headers, body, now, token_header=source.token_header)
    except Unopenable:
        raise Unavailable("Webhooks from this source cannot be verified at the moment.", retry_after=300) from None
    except signatures.BadSignature:
        raise NotSigned("The webhook's signature is not valid, it is too old, or this source does not exist.") from None


def receive(
    session: Session, source: WebhookSource, verified: Verified, headers: Mapping[str, str], body: bytes, /
) -> tuple[InboundWebhook, bool]:
    """Apply a genuine webhook; return its row and whether it changed anything."""
    inbound = InboundWebhook(source_id=source.id, mark=verified.mark, state=InboundState.IGNORED)
    same = select(InboundWebhook).where(InboundWebhook.source_id == source.id, InboundWebhook.mark == verified.mark)
    inbound, is_new = add_or_find(session, inbound, lambda: session.scalar(same))
    if not is_new:
        if verified.is_one_delivery and inbound.state is not InboundState.DEAD:
            return inbound, False
        inbound.received_at = database_now()
        session.flush()
        session.refresh(inbound)
    return inbound, _apply(session, source, inbound, headers, body, is_new=True)


def replay(session: Session, source: WebhookSource, inbound: InboundWebhook, /) -> None:
    """Try a dead letter again with the source's current map; newer events of its comment keep their effect."""
    if inbound.state is not InboundState.DEAD or inbound.body is None:
        raise NotFound("This source has no dead letter with this id.")
    _apply(session, source, inbound, json.loads(inbound.headers or "{}"), inbound.body.encode(), is_new=False)


def require_letter(session: Session, source: WebhookSource, letter_id: str, /) -> InboundWebhook:
    """Return the source's dead letter with that id; raise NotFound for any other, and for one without a body."""
    letter = session.get(InboundWebhook, letter_id) if letter_id.isalnum() else None
    if letter is None or letter.source_id != source.id or letter.state is not InboundState.DEAD or letter.body is None:
        raise NotFound("This source has no dead letter with this id.")
    return letter


def dead_letters(session: Session, source: WebhookSource, /) -> list[InboundWebhook]:
    """Return webhooks that could not be mapped and can be tried again, newest first."""
    return list(
        session.scalars(
            select(InboundWebhook)
            .where(
                InboundWebhook.source_id == source.id,
                InboundWebhook.state == InboundState.DEAD,
                InboundWebhook.body.is_not(None),
            )
            .order_by(InboundWebhook.received_at.desc(), InboundWebhook.id.desc())
        )
    )


def require(session: Session, site_id: str, source_id: str, /) -> WebhookSource:
    """Return the site's source with that id or raise NotFound, also for another site's source."""
    chosen = select(WebhookSource).where(
        WebhookSource.site_id == site_id, WebhookSource.id == source_id, WebhookSource.removed_at.is_(None)
    )
    source = session.scalar(chosen) if source_id.isalnum() else None
    if source is None:
        raise NotFound("This site has no webhook source with this id.")
    return source


def map_of(source: WebhookSource, /) -> FieldMap:
    """Return the source's own map, or else the built-in map that it names."""
    return FieldMap.model_validate(source.field_map) if source.field_map else PRESETS[source.preset]


def _apply(
    session: Session,
    source: WebhookSource,
    inbound: InboundWebhook,
    headers: Mapping[str, str],
    body: bytes,
    *,
    is_new: bool,
) -> bool:
    field_map = map_of(source)
    # The headers of the built-in maps too: the correction may be to choose one of them.
    names = [name for one in (field_map, *PRESETS.values()) for name in field_maps.headers_read(one)]
    wanted = {name: headers[name][:200] for name in names if name in headers}
    for secretive in (source.token_header.lower(), *SECRETIVE):  # no map reads secrets, and no stored header may be one
        wanted.pop(secretive, None)
    inbound.event = next(iter(wanted.values()), "")[:100]
    outcome: EventOutcome | None = None
    try:
        mapped = field_maps.apply(field_map, parsed(body), wanted)
        if mapped is not None:
            with session.begin_nested():
                outcome = events.apply(session, source, mapped, received_at=inbound.received_at)
        is_in_effect = outcome is not None and not outcome.too_late
        inbound.state = InboundState.APPLIED if is_in_effect else InboundState.IGNORED
        inbound.reason = outcome.too_late if outcome else ""
        inbound.body = inbound.headers = None
    except (Unmappable, Problem) as fault:
        inbound.state = InboundState.DEAD
        inbound.reason = (fault.detail if isinstance(fault, Problem) else str(fault))[:300]
        inbound.body, inbound.headers = _storable(body), json.dumps(wanted)
        if is_new and (event := _event_of(field_map, body, wanted)) is not None:
            outcome = events.hold_unread(session, source, event, received_at=inbound.received_at)
            if outcome is events.DELETED:  # no map would change anything, and nothing is kept of what is deleted
                inbound.state, inbound.reason = InboundState.IGNORED, outcome.too_late
                inbound.body = inbound.headers = None
    session.flush()
    if inbound.state is InboundState.DEAD:
        _drop_oldest(session, source)
    return outcome is not None and outcome.changed


def _event_of(field_map: FieldMap, body: bytes, headers: Mapping[str, str]) -> Mapped | None:
    try:
        return field_maps.event_of(field_map, parsed(body), headers)
    except Unmappable:
        return None


def parsed(body: bytes, /) -> Any:
    """Return the JSON in `body`, or in the field `payload` of a form, GitHub's default; raise Unmappable for others."""
    try:
        form = parse_qs(body, max_num_fields=20) if body.startswith(b"payload=") else {}
        return json.loads(form[b"payload"][0] if form else body)
    except (ValueError, RecursionError):
        raise Unmappable("the body is not JSON: have the CMS send application/json") from None


def _storable(body: bytes) -> str:
    return body.decode("utf-8", "replace").replace("\x00", "\ufffd")  # PostgreSQL takes no NUL in text


def _drop_oldest(session: Session, source: WebhookSource) -> None:
    kept = (
        select(InboundWebhook.id)
        .where(InboundWebhook.source_id == source.id, InboundWebhook.body.is_not(None))
        .order_by(InboundWebhook.received_at.desc(), InboundWebhook.id.desc())
        .limit(DEAD_LETTERS)
    )
    count = select(func.count()).where(InboundWebhook.source_id == source.id, InboundWebhook.body.is_not(None))
    if (session.scalar(count) or 0) <= DEAD_LETTERS:
        return
    session.execute(
        update(InboundWebhook)
        .where(
            InboundWebhook.source_id == source.id,
            InboundWebhook.body.is_not(None),
            InboundWebhook.id.not_in(session.scalars(kept).all()),
        )
        .values(body=None, headers=None)
        .execution_options(synchronize_session=False)
    )
