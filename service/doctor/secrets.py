"""The sealed secrets: whether the configured keys open them."""

import stat
from collections.abc import Iterator

from sqlalchemy import select

from service.db import Database
from service.doctor.finding import Finding
from service.installation.settings import Settings
from service.models import Endpoint
from service.moderation.upkeep import resealing
from service.outside.sealing import Keyring, new_key


def check(database: Database, settings: Settings) -> Iterator[Finding]:
    """Yield which secrets the configured keys do not open, or open only with an older key."""
    key = settings.encryption_key_file
    if not settings.encryption_keys and not key.exists():  # and none is made here: the doctor changes nothing
        with database.read() as session:
            sealed = resealing.sealed_secrets(session, Keyring([new_key()])).secrets
        detail = f"{sealed} are sealed, {key} is gone and MODERATO_ENCRYPTION_KEYS is not set" if sealed else "none yet"
        yield Finding("secrets", "failed" if sealed else "ok", detail)
        return
    with database.read() as session:
        found = resealing.sealed_secrets(session, settings.keyring)
        held = session.scalars(select(Endpoint.id).where(Endpoint.held_reason != "").limit(20)).all()
    if found.lost:
        detail = "no key of MODERATO_ENCRYPTION_KEYS opens the secrets of these; callbacks wait, webhooks get 503"
        yield Finding("secrets", "failed", detail, found.lost)
    if held and not found.lost:
        detail = "the delivery worker could not open the secrets of these: it needs the same MODERATO_ENCRYPTION_KEYS"
        yield Finding("secrets", "failed", detail, tuple(held))
    if found.older:
        detail = f"{found.older} need an older key than the first; run `moderato db reseal` before it goes"
        yield Finding("secrets", "warning", detail)
    if not settings.encryption_keys and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding("secrets", "failed", f"{key} can be read by others; chmod 600 it")
    if not found.lost:
        yield Finding("secrets", "ok", f"the configured key opens all {found.secrets}")
