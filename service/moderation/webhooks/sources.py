"""A site's webhook sources: add, change, switch off and on, seal their secrets and rotate them with an overlap."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import FieldError, Invalid
from service.models import Style, WebhookSource
from service.moderation.callbacks import rotation
from service.moderation.webhooks import field_maps, inbound
from service.moderation.webhooks.field_maps import Mapped, Unmappable
from service.moderation.webhooks.presets import CORAL, PRESETS
from service.outside.sealing import Keyring
from service.outside.signatures import new_secret


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
) -> tuple[WebhookSource, str]:
    """Add a source; return it and its secret, a new one unless given. Raise Invalid for settings that cannot work."""
    _check_map(preset, field_map or {})
    if style not in list(Style):
        raise _invalid("style", f"style must be one of {', '.join(style.value for style in Style)}")
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
) -> None:
    """Change the fields that are given. Raise Invalid if no valid map is left."""
    source.name = name if name is not None else source.name
    source.preset = preset if preset is not None else source.preset
    source.field_map = dict(field_map) if field_map is not None else source.field_map
    _check_map(source.preset, source.field_map)
    if enabled is not None:
        source.disabled_at = None if enabled else database_now()
    session.flush()
    session.refresh(source)


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


def try_sample(source: WebhookSource, body: str, headers: Mapping[str, str], /) -> Mapped | str | None:
    """Return what the source's map makes of a sample: None if it ignores it, a sentence if it does not match.

    Nothing is stored; `headers` in lower case.
    """
    try:
        return field_maps.apply(inbound.map_of(source), inbound.parsed(body.encode()), headers)
    except Unmappable as fault:
        return str(fault)


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
