"""Marks that only this service can make: a receipt for a comment, the id of a hint. Whoever shows one was given it.

A mark is an id and its signature, 96 hex digits; it says nothing to who reads it, is good for one site, and cannot be
guessed. The key is one of the installation's, so that nothing has to be stored, and its change keeps earlier marks.
"""

import time
from datetime import UTC, date, datetime

from service.db import new_id
from service.outside.sealing import Keyring

RECEIPT, HINT = "receipt of a comment", "id of a hint"
ID_LENGTH, SIGNATURE_LENGTH = 32, 64
LENGTH = ID_LENGTH + SIGNATURE_LENGTH
HINT_SECONDS = 86_400  # after which what became of a hint is no longer counted


def make(keyring: Keyring, kind: str, site_id: str, identity: str, /) -> str:
    """Return the mark of an id made by `service.db.new_id`."""
    return identity + keyring.sign(_signed(kind, site_id, identity))


def make_hint(keyring: Keyring, site_id: str, /) -> str:
    """Return the id of a new hint."""
    return make(keyring, HINT, site_id, new_id())


def read(keyring: Keyring, kind: str, site_id: str, given: str, /) -> str | None:
    """Return the id in a mark of this kind and site, None for anything else; compares in constant time."""
    if len(given) != LENGTH or not given.isascii():
        return None
    identity, signature = given[:ID_LENGTH], given[ID_LENGTH:]
    if not keyring.has_signed(_signed(kind, site_id, identity), signature):
        return None
    return identity


def recent_hint(keyring: Keyring, site_id: str, given: str, /) -> tuple[str, date] | None:
    """Return the id and the day (UTC) of a hint that the site's readers were shown within a day, None for any other."""
    identity = read(keyring, HINT, site_id, given)
    if identity is None:
        return None
    made_at = int(identity[:12], 16) / 1000
    return (identity, datetime.fromtimestamp(made_at, UTC).date()) if time.time() - made_at < HINT_SECONDS else None


def _signed(kind: str, site_id: str, identity: str) -> str:
    return f"moderato: {kind}: {site_id}: {identity}"
