"""Webhooks from a CMS: verified, applied once, mapped to a submission, or kept as a dead letter until the map is
corrected.

The mark of each webhook is stored in the transaction of its effect: a repeat finds it, and a failure leaves neither.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.db import add_or_find
from service.errors import NotFound, Problem, Unauthenticated, Unavailable
from service.models import InboundState, InboundWebhook, WebhookSource
from service.moderation.actors import of_source
from service.moderation.erasure import erasing
from service.moderation.intake import articles, intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from service.moderation.webhooks import field_maps
from service.moderation.webhooks.field_maps import PRESETS, FieldMap, Mapped, Unmappable
from service.outside import signatures
from service.outside.sealing import Keyring, Unopenable

SECRETIVE = ("authorization", "cookie", "proxy-authorization", "x-api-key")  # headers that may carry a secret
DEAD_LETTERS = 200  # kept per source; older ones lose their body


def find_genuine(
    session: Session, keyring: Keyring, source_id: str, headers: Mapping[str, str], body: bytes, now: datetime, /
) -> tuple[WebhookSource, str]:
    """Return the source and the mark of a genuine webhook; raise Unauthenticated, without detail, for any other.

    Raise Unavailable if no key opens the source's secrets: the webhook may be genuine, so the CMS should send it again.
    """
    source = session.get(WebhookSource, source_id) if source_id.isalnum() and len(source_id) == 32 else None
    try:
        if source is None or source.disabled_at is not None:
            raise signatures.BadSignature
        secrets = keyring.open_all(source.secrets)
        verified = signatures.verify(source.style, secrets, headers, body, now, token_header=source.token_header)
    except Unopenable:
        raise Unavailable("Webhooks from this source cannot be verified at the moment.", retry_after=300) from None
    except signatures.BadSignature:
        raise Unauthenticated(
            "The webhook's signature is not valid, it is too old, or this source does not exist."
        ) from None
    return source, verified.mark


def receive(
    session: Session, source: WebhookSource, mark: str, headers: Mapping[str, str], body: bytes, /
) -> tuple[InboundWebhook, bool]:
    """Apply a genuine webhook; return its row and whether it is new (not a repeat)."""
    inbound = InboundWebhook(source_id=source.id, mark=mark, state=InboundState.IGNORED)
    same = select(InboundWebhook).where(InboundWebhook.source_id == source.id, InboundWebhook.mark == mark)
    inbound, is_new = add_or_find(session, inbound, lambda: session.scalar(same))
    if is_new:
        _apply(session, source, inbound, headers, body)
    return inbound, is_new


def replay(session: Session, source: WebhookSource, inbound: InboundWebhook, /) -> None:
    """Try a dead letter again with the source's current map."""
    if inbound.state is not InboundState.DEAD or inbound.body is None:
        raise NotFound("This source has no dead letter with this id.")
    _apply(session, source, inbound, json.loads(inbound.headers or "{}"), inbound.body.encode())


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
    chosen = select(WebhookSource).where(WebhookSource.site_id == site_id, WebhookSource.id == source_id)
    source = session.scalar(chosen) if source_id.isalnum() else None
    if source is None:
        raise NotFound("This site has no webhook source with this id.")
    return source


def map_of(source: WebhookSource, /) -> FieldMap:
    """Return the source's own map, or else the built-in map that it names."""
    return FieldMap.model_validate(source.field_map) if source.field_map else PRESETS[source.preset]


def _apply(
    session: Session, source: WebhookSource, inbound: InboundWebhook, headers: Mapping[str, str], body: bytes
) -> None:
    field_map = map_of(source)
    # The headers of the built-in maps too: the correction may be to choose one of them.
    names = [name for one in (field_map, *PRESETS.values()) for name in field_maps.headers_read(one)]
    wanted = {name: headers[name][:200] for name in names if name in headers}
    for secretive in (source.token_header.lower(), *SECRETIVE):  # no map reads secrets, and no stored header may be one
        wanted.pop(secretive, None)
    inbound.event = next(iter(wanted.values()), "")[:100]
    try:
        mapped = field_maps.apply(field_map, parsed(body), wanted)
        with session.begin_nested():
            done = mapped is not None and _carry_out(session, source, mapped)
        inbound.state, inbound.reason = (InboundState.APPLIED if done else InboundState.IGNORED), ""
        inbound.body = inbound.headers = None
    except (Unmappable, Problem) as fault:
        inbound.state = InboundState.DEAD
        inbound.reason = (fault.detail if isinstance(fault, Problem) else str(fault))[:300]
        inbound.body, inbound.headers = _storable(body), json.dumps(wanted)
    session.flush()
    if inbound.state is InboundState.DEAD:
        _drop_oldest(session, source)


def _carry_out(session: Session, source: WebhookSource, mapped: Mapped) -> bool:
    site_id = source.site_id
    existing = intake.find(session, site_id, mapped.id)
    if mapped.action == "erase":
        if existing is not None:
            erasing.erase_comment(session, site_id, mapped.id, by=of_source(source))
        return existing is not None
    if existing is not None and existing.erased_at is not None:
        return False
    rules = policies.active(session, site_id).rules
    # A webhook cannot be corrected and sent again: a comment that is too short is accepted, and the policy rejects it.
    if existing is not None:
        intake.edit(session, site_id, mapped.id, mapped.text, rules, refuse_length=False)
        return True
    intake.accept(session, site_id, _submission(session, site_id, mapped), rules, refuse_length=False)
    return True


def _submission(session: Session, site_id: str, mapped: Mapped) -> Submission:
    article_id = mapped.article_id
    known = articles.find(session, site_id, article_id) if article_id else None
    if article_id and (mapped.article_title or mapped.article_url) and not (known and known.has_text):
        # Keep the full article if it is stored; otherwise the webhook's title is better than nothing.
        article = ArticleSubmission(id=article_id, title=mapped.article_title, url=mapped.article_url)
        articles.put(session, site_id, article)
    return Submission(
        id=mapped.id,
        text=mapped.text,
        article_id=article_id,
        author_id=mapped.author_id,
        author_name=mapped.author_name,
        parent_id=mapped.parent_id,
        language=mapped.language,
        created_at=mapped.created_at,
    )


def parsed(body: bytes, /) -> Any:
    """Return the JSON in `body`; raise Unmappable if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unmappable("the body is not JSON") from None


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
