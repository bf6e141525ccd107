"""A site's webhook sources: add, change, switch off and on, seal their secrets and rotate them with an overlap."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import FieldError, Invalid, NotFound
from service.models import Article, Author, Comment, InboundWebhook, Style, WebhookSource
from service.models.stored_ids import API, in_space
from service.moderation.callbacks import rotation
from service.moderation.intake import id_spaces
from service.moderation.webhooks import field_maps, inbound
from service.moderation.webhooks.field_maps import Mapped, Unmappable
from service.moderation.webhooks.presets import CORAL, PRESETS
from service.outside.sealing import Keyring
from service.outside.signatures import new_secret

OWN = "own"  # of a source whose authors are nobody else's


def add(
    session: Session,
    site_id: str,
    keyring: Keyring,
    /,
    *,
    name: str,
    style: str,
    preset: str = "",
    field_map: Mapping[str, Any] | None = None,
    secret: str | None = None,
    token_header: str = "Authorization",  # noqa: S107  (a header's name)
    authors_of: str = OWN,
) -> tuple[WebhookSource, str]:
    """Add a source with ids of its own; return it and its secret, a new one unless given.

    `authors_of` says whose authors its authors are: `OWN`, `id_spaces.BY_API`, or another source's id. Raise Invalid
    for settings that cannot work.
    """
    _check_map(preset, field_map or {})
    if style not in list(Style):
        raise _invalid("style", f"style must be one of {', '.join(style.value for style in Style)}")
    if preset == CORAL and not field_map and style != Style.CORAL:
        raise _invalid("style", "style must be coral for the preset coral: Coral signs its questions in its own way")
    secret = _checked_secret(Style(style), secret)
    source = WebhookSource(
        site_id=site_id,
        name=name,
        style=Style(style),
        preset=preset,
        field_map=dict(field_map or {}),
        secrets=[keyring.seal(secret)],
        token_header=token_header,
    )
    session.add(source)
    session.flush()
    source.id_space = source.id
    source.author_space = _author_space(session, source, authors_of)
    session.flush()
    session.refresh(source)
    return source, secret


def change(
    session: Session,
    source: WebhookSource,
    /,
    *,
    name: str | None = None,
    preset: str | None = None,
    field_map: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
    authors_of: str | None = None,
) -> None:
    """Change the fields that are given; `authors_of` holds for comments from now on. Raise Invalid for what cannot
    work.
    """
    source.name = name if name is not None else source.name
    source.preset = preset if preset is not None else source.preset
    source.field_map = dict(field_map) if field_map is not None else source.field_map
    _check_map(source.preset, source.field_map)
    if authors_of is not None:
        source.author_space = _author_space(session, source, authors_of)
    if enabled is not None:
        source.disabled_at = None if enabled else database_now()
    session.flush()
    session.refresh(source)


def remove(session: Session, source: WebhookSource, /) -> None:
    """Refuse its webhooks from now on, and forget its secrets and dead letters.

    Its comments keep its ids, and so its row stays as a name for them, unless there are none.
    """
    if not _has_ids(session, source):
        session.delete(source)
        return
    session.execute(delete(InboundWebhook).where(InboundWebhook.source_id == source.id))
    source.removed_at = source.disabled_at = database_now()
    source.secrets, source.rotated_at = [], None
    session.flush()


def _has_ids(session: Session, source: WebhookSource) -> bool:
    in_its_space = in_space(source.id, "")
    sharing = select(WebhookSource.id).where(WebhookSource.author_space == source.id, WebhookSource.id != source.id)
    columns = (Comment.external_id, Comment.author_external_id, Article.external_id, Author.external_id)
    kinds = [
        select(column).where(column.class_.site_id == source.site_id, column.startswith(in_its_space, autoescape=True))
        for column in columns
    ]
    return any(session.scalar(one.limit(1)) is not None for one in (sharing, *kinds))


def of_site(session: Session, site_id: str, /) -> Sequence[WebhookSource]:
    """Return the site's sources by name, without those that were removed."""
    mine = select(WebhookSource).where(WebhookSource.site_id == site_id, WebhookSource.removed_at.is_(None))
    return session.scalars(mine.order_by(WebhookSource.name, WebhookSource.id)).all()


def authors_of(source: WebhookSource, /) -> str:
    """Return whose authors a source's are: `OWN`, `id_spaces.BY_API`, or another source's id."""
    if source.author_space == API:
        return id_spaces.BY_API
    return OWN if source.author_space == source.id else source.author_space


def rotate(source: WebhookSource, keyring: Keyring, secret: str | None, /) -> str:
    """Accept a new secret and return it, a random one unless given; the previous one is accepted until the rotation
    ends.
    """
    secret = _checked_secret(source.style, secret)
    rotation.begin(source, keyring, secret)
    return secret


def address_of(source: WebhookSource, /) -> str:
    """Return where the CMS sends to, as a path on this server."""
    return f"/v1/{'coral' if source.preset == CORAL and not source.field_map else 'webhooks'}/{source.id}"


def try_map(
    source: WebhookSource,
    body: str,
    headers: Mapping[str, str],
    /,
    *,
    preset: str = "",
    field_map: Mapping[str, Any] | None = None,
) -> Mapped | str | None:
    """Return what a map makes of a webhook: None if it ignores it, a sentence if it does not match.

    The map is the one given, the preset, or else the source's own. Nothing is stored; `headers` in lower case. Raise
    Invalid for a map that cannot be saved.
    """
    if field_map or preset:
        _check_map(preset, field_map or {})
    chosen = field_maps.parse(field_map) if field_map else PRESETS[preset] if preset else inbound.map_of(source)
    try:
        return field_maps.apply(chosen, inbound.parsed(body.encode()), headers)
    except Unmappable as fault:
        return str(fault)


def try_letter(
    source: WebhookSource, letter: InboundWebhook, /, *, preset: str = "", field_map: Mapping[str, Any] | None = None
) -> Mapped | str | None:
    """Return what a map would make of a dead letter, as `try_map` does."""
    headers = json.loads(letter.headers or "{}")
    return try_map(source, letter.body or "", headers, preset=preset, field_map=field_map)


def _author_space(session: Session, source: WebhookSource, authors_of: str) -> str:
    if authors_of == OWN:
        return source.id
    try:
        return id_spaces.of_source(session, source.site_id, authors_of, authors=True)
    except NotFound:
        raise _invalid("authors_of", f"must be {OWN}, {id_spaces.BY_API}, or the id of a source of this site") from None


def _check_map(preset: str, field_map: Mapping[str, Any]) -> None:
    if field_map:
        try:
            field_maps.parse(field_map)
        except ValueError as fault:
            raise _invalid("field_map", str(fault), code="invalid") from None
    elif preset not in PRESETS:
        raise _invalid("preset", f"give a field_map, or a preset: {', '.join(PRESETS)}")


def _checked_secret(style: Style, secret: str | None) -> str:
    if secret is None:
        return new_secret()
    if not 16 <= len(secret) <= 200 or not secret.isascii() or (style is Style.STANDARD and not _is_standard(secret)):
        detail = "a secret is 16 to 200 ASCII characters; for style standard whsec_ and base64 of at least 16 bytes"
        raise _invalid("secret", detail, code="invalid")
    return secret


def _is_standard(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= 16
    except (ValueError, binascii.Error):
        return False


def _invalid(field: str, detail: str, *, code: str = "unknown") -> Invalid:
    return Invalid(detail, errors=[FieldError(f"#/{field}", code, detail)])
