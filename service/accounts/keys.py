"""API keys: `cm_live_<8-character id>_<43-character secret><6-character checksum>`, made, checked, revoked.

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
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from cachetools import TTLCache
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.accounts.perspective import DEFAULT, Terms
from service.db import Database, database_now
from service.models import ApiKey

log = structlog.get_logger()

PREFIX = "cm_live_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 8, 43, 6
LENGTH = len(PREFIX) + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH
KEPT_SECONDS = 1.0  # seconds for which a process trusts what it read about a key, so also the delay of a revocation
NOTED_SECONDS = 60.0  # `last_used_at` is written no more often than this
_NOBODY = hashlib.sha256(b"nobody has this key").hexdigest()


@dataclass(frozen=True)
class Key:
    """A verified key: its id, its site, and the name that the audit log records for it."""

    id: str
    site_id: str
    name: str
    perspective: Terms = field(default=DEFAULT, compare=False)


def create(
    session: Session,
    site_id: str,
    name: str,
    /,
    *,
    expires_at: datetime | None = None,
    perspective: Terms | None = None,
) -> str:
    """Store a new key of the site and return it; it cannot be shown again."""
    key_id = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
    secret = _base62(int.from_bytes(secrets.token_bytes(32)), SECRET_LENGTH)
    body = f"{PREFIX}{key_id}_{secret}"
    session.add(
        ApiKey(
            id=key_id,
            site_id=site_id,
            name=name,
            secret_sha256=_digest(secret),
            expires_at=expires_at,
            perspective=perspective.model_dump(mode="json") if perspective else None,
        )
    )
    session.flush()
    return body + _checksum(body)


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
        self._read: TTLCache[str, tuple[str, Key]] = TTLCache(10_000, KEPT_SECONDS)  # SHA-256 of the secret, the key
        self._noted: TTLCache[str, bool] = TTLCache(10_000, NOTED_SECONDS)
        self._lock = threading.Lock()

    def verify(self, presented: str, /) -> Key | None:
        """Return the key's facts, or None for anything that is not a valid key."""
        if not looks_right(presented):
            return None
        key_id = id_of(presented)
        secret = presented[len(PREFIX) + ID_LENGTH + 1 : -CHECKSUM_LENGTH]
        with self._lock:
            kept = self._read.get(key_id)
        if kept is None:
            kept = self._look_up(key_id)
        expected = kept[0] if kept else _NOBODY
        if not hmac.compare_digest(_digest(secret), expected) or kept is None:
            return None
        return kept[1]

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

    def _look_up(self, key_id: str) -> tuple[str, Key] | None:
        with self._database.read() as session:
            row = session.execute(
                select(ApiKey.secret_sha256, ApiKey.site_id, ApiKey.name, ApiKey.perspective).where(
                    ApiKey.id == key_id,
                    ApiKey.revoked_at.is_(None),
                    or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > database_now()),
                )
            ).one_or_none()
        if row is None:
            return None
        terms = Terms.model_validate(row.perspective) if row.perspective else DEFAULT
        kept = (row.secret_sha256, Key(key_id, row.site_id, row.name, perspective=terms))
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
