"""API keys: `cm_live_<8-character id>_<43-character secret><6-character checksum>`, made, checked, revoked, expired.

The fixed prefix and the CRC32 let secret scanners recognise a leaked key, and let us refuse a mistyped one without
asking the database. Only the secret's SHA-256 is stored: it has 256 random bits, so a slow hash would protect
nothing and cost every request. A key is looked up by its id and compared in constant time; an unknown id costs the
same comparison.
"""

import hashlib
import hmac
import secrets
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from cachetools import TTLCache
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.accounts.perspective import DEFAULT, Terms
from service.clock import rfc3339
from service.db import Database, database_now
from service.errors import ScopeMissing
from service.models import ApiKey
from service.vocabulary import Scope

log = structlog.get_logger()

PREFIX = "cm_live_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 8, 43, 6
LENGTH = len(PREFIX) + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH
KEPT_SECONDS = 1.0  # seconds for which a process trusts what it read about a key, so also the delay of a revocation
NOTED_SECONDS = 60.0  # `last_used_at` is written no more often than this
IN_PAGES = frozenset({Scope.SUBMIT, Scope.SCORE})  # what a key may do that readers can see
_NOBODY = hashlib.sha256(b"nobody has this key").hexdigest()


@dataclass(frozen=True)
class Key:
    """A verified key: its id, its site, the name that the audit log records for it, and what it may do."""

    id: str
    site_id: str
    name: str
    scopes: frozenset[Scope] = frozenset(Scope)
    perspective: Terms = field(default=DEFAULT, compare=False)


@dataclass(frozen=True)
class _Known:
    """What the database says of a key that is not revoked."""

    digest: str  # SHA-256 of its secret
    key: Key
    has_expired: bool


def create(
    session: Session,
    site_id: str,
    name: str,
    /,
    *,
    scopes: Iterable[Scope] = tuple(Scope),
    expires_at: datetime | None = None,
    perspective: Terms | None = None,
) -> str:
    """Store a new key of the site and return it; it cannot be shown again."""
    key_id = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
    secret = _base62(int.from_bytes(secrets.token_bytes(32)), SECRET_LENGTH)
    body, wanted = f"{PREFIX}{key_id}_{secret}", set(scopes)
    session.add(
        ApiKey(
            id=key_id,
            site_id=site_id,
            name=name,
            secret_sha256=_digest(secret),
            scopes=" ".join(scope for scope in Scope if scope in wanted),
            expires_at=expires_at,
            perspective=perspective.model_dump(mode="json") if perspective else None,
        )
    )
    session.flush()
    return body + _checksum(body)


def require(key: Key, scope: Scope, /, why: str = "") -> None:
    """Raise ScopeMissing unless the key has the scope; `why` begins the sentence that says what needs it."""
    if scope not in key.scopes:
        raise ScopeMissing(scope, why)


def is_in_pages(key: Key, /) -> bool:
    """Whether it is a key that readers can see: for pages of certain origins, and good for little else."""
    return bool(key.perspective.origins) and key.scopes <= IN_PAGES


def terms_of(row: ApiKey, /) -> Terms:
    """Return the origins and what else the key's row says of pages and clients."""
    return Terms.model_validate(row.perspective) if row.perspective else DEFAULT


def told(name: str, scopes: Iterable[Scope], expires_at: datetime | None, /) -> dict[str, Any]:
    """Return what the audit log says of a new key."""
    return {"name": name, "scopes": list(scopes), "expires": rfc3339(expires_at)}


def scopes_of(row: ApiKey, /) -> list[Scope]:
    """Return what the key may do; a scope of a later version is left out."""
    return [scope for scope in Scope if scope in row.scopes.split()]


def revoke(session: Session, site_id: str, key_id: str, /) -> bool:
    """Revoke the site's key from the commit on (a second later in other processes); False if there is none."""
    key = session.get(ApiKey, key_id)
    if key is None or key.site_id != site_id or key.revoked_at is not None:
        return False
    key.revoked_at = database_now()
    session.flush()
    return True


def revoke_others(session: Session, site_id: str, key: str, /, *, name: str) -> list[str]:
    """Revoke the site's keys of that name except `key`; return their ids."""
    of_that_name = select(ApiKey).where(ApiKey.site_id == site_id, ApiKey.name == name, ApiKey.revoked_at.is_(None))
    others = session.scalars(of_that_name.where(ApiKey.id != id_of(key)).order_by(ApiKey.id)).all()
    for other in others:
        other.revoked_at = database_now()
    session.flush()
    return [other.id for other in others]


def id_of(key: str, /) -> str:
    """Return the id part of a new key, which may be shown and logged."""
    return key[len(PREFIX) : len(PREFIX) + ID_LENGTH]


def looks_right(presented: str, /) -> bool:
    """Whether the string has the form and the checksum of a key; it need not exist."""
    if len(presented) != LENGTH or not presented.isascii() or not presented.startswith(PREFIX):
        return False
    body, checksum = presented[:-CHECKSUM_LENGTH], presented[-CHECKSUM_LENGTH:]
    return body[len(PREFIX) + ID_LENGTH] == "_" and hmac.compare_digest(_checksum(body), checksum)


class KeyCache:
    """Verifies keys and trusts for a second what it read; one per process, thread-safe.

    It keeps the hash and the facts of a key for KEPT_SECONDS, and for NOTED_SECONDS that its use was recorded. Of more
    than 10,000 keys the least recently used is dropped.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: TTLCache[str, _Known] = TTLCache(10_000, KEPT_SECONDS)
        self._noted: TTLCache[str, bool] = TTLCache(10_000, NOTED_SECONDS)
        self._lock = threading.Lock()

    def verify(self, presented: str, /) -> Key | None:
        """Return the key's facts, or None for anything that is not a key in force."""
        known = self._genuine(presented)
        return known.key if known and not known.has_expired else None

    def has_expired(self, presented: str, /) -> bool:
        """Whether this is a genuine key whose time is over; only who has the secret learns that."""
        known = self._genuine(presented)
        return known is not None and known.has_expired

    def _genuine(self, presented: str) -> _Known | None:
        if not looks_right(presented):
            return None
        key_id = id_of(presented)
        secret = presented[len(PREFIX) + ID_LENGTH + 1 : -CHECKSUM_LENGTH]
        with self._lock:
            kept = self._read.get(key_id)
        if kept is None:
            kept = self._look_up(key_id)
        expected = kept.digest if kept else _NOBODY
        if not hmac.compare_digest(_digest(secret), expected) or kept is None:
            return None
        return kept

    def is_use_worth_noting(self, key: Key, /) -> bool:
        """Whether this process has not recorded a use of the key within the last minute."""
        with self._lock:
            return key.id not in self._noted

    def note_use(self, key: Key, /) -> None:
        """Record that the key was used, at most once a minute; call it after the answer has been sent.

        A failure is only logged, because the caller has its answer already.
        """
        with self._lock:
            if key.id in self._noted:
                return
            self._noted[key.id] = True
        try:
            self._write_use(key)
        except SQLAlchemyError as error:
            log.warning("key_use_not_noted", error=type(error).__name__)

    def _write_use(self, key: Key) -> None:
        stale: ColumnElement[bool] = or_(
            ApiKey.last_used_at.is_(None), ApiKey.last_used_at < database_now(-NOTED_SECONDS)
        )
        with self._database.write() as session:
            session.execute(
                update(ApiKey)
                .where(and_(ApiKey.id == key.id, stale))
                .values(last_used_at=database_now())
                .execution_options(synchronize_session=False)
            )

    def _look_up(self, key_id: str) -> _Known | None:
        has_expired = func.coalesce(ApiKey.expires_at <= database_now(), False)
        with self._database.read() as session:
            found = session.execute(
                select(ApiKey, has_expired).where(
                    ApiKey.id == key_id,
                    ApiKey.revoked_at.is_(None),
                )
            ).one_or_none()
        if found is None:
            return None
        row, expired = found
        key = Key(key_id, row.site_id, row.name, frozenset(scopes_of(row)), terms_of(row))
        kept = _Known(row.secret_sha256, key, bool(expired))
        with self._lock:
            self._read[key_id] = kept
        return kept


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
