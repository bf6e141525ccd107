"""Secrets that must be readable again (to sign, to verify) are sealed before they are stored, with Fernet: AES-128-CBC
and HMAC-SHA256, from `cryptography`. The same keys sign the audit log, with HMAC-SHA256 and a key derived from each.

The first key seals and every key opens, so that keys can be replaced. If no key opens a secret, the caller gets an
error: nothing is signed or accepted as genuine without its secret.
"""

import base64
import binascii
import hmac
import secrets as random
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_BYTES = 32


class Unopenable(Exception):
    """No key opens the secret: the key that sealed it is missing, or it was never sealed."""


class Keyring:
    """The keys of this installation, newest first; each has 32 bytes, as base64 or hex."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raise ValueError, which does not quote the key, for a key that is not valid."""
        if not keys:
            raise ValueError("must be at least one key of 32 bytes in base64 or hex")
        self._fernets = [Fernet(base64.urlsafe_b64encode(_key(key))) for key in keys]
        self._all = MultiFernet(self._fernets)
        # Derived, so that neither use tells anything of the key that serves the other.
        self._signing = [hmac.digest(_key(key), b"moderato: signatures of the audit log", "sha256") for key in keys]

    def seal(self, secret: str, /) -> str:
        """Return `secret` sealed with the first key; the result differs every time."""
        return self._all.encrypt(secret.encode()).decode()

    def open(self, sealed: str, /) -> str:
        """Return the secret; raise Unopenable if no key opens it."""
        try:
            return self._all.decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError):
            raise Unopenable("no key of MODERATO_ENCRYPTION_KEYS opens it") from None

    def open_all(self, sealed: Sequence[str], /) -> list[str]:
        """Return the secrets that open, in order; raise Unopenable if none does, return [] for none.

        During a rotation, a secret sealed with a lost key must not make the other one useless.
        """
        opened = [secret for one in sealed if (secret := self._opened(one)) is not None]
        if sealed and not opened:
            raise Unopenable("no key of MODERATO_ENCRYPTION_KEYS opens any of the secrets")
        return opened

    def is_current(self, sealed: str, /) -> bool:
        """Whether the first key opens it, so that it does not need the other keys."""
        try:
            self._fernets[0].decrypt(sealed.encode())
        except (InvalidToken, ValueError):
            return False
        return True

    def sign(self, text: str, /) -> str:
        """Return the signature of `text` by the first key, as 64 hex digits."""
        return _signature(self._signing[0], text)

    def has_signed(self, text: str, signature: str, /, *, with_first: bool = False) -> bool:
        """Whether one of the keys, or the first one, made the signature of this text."""
        keys = self._signing[:1] if with_first else self._signing
        return any(hmac.compare_digest(_signature(key, text).encode(), signature.encode()) for key in keys)

    def _opened(self, sealed: str) -> str | None:
        try:
            return self.open(sealed)
        except Unopenable:
            return None


def new_key() -> str:
    """Return a new random key in base64."""
    return base64.urlsafe_b64encode(random.token_bytes(KEY_BYTES)).decode()


def parse_keys(text: str, /) -> list[str]:
    """Return the keys of a comma-separated list."""
    return [key.strip() for key in text.split(",") if key.strip()]


def _signature(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _key(key: str) -> bytes:
    try:
        found = (
            bytes.fromhex(key)
            if len(key) == 2 * KEY_BYTES
            else base64.b64decode(key.translate(str.maketrans("-_", "+/")) + "=" * (-len(key) % 4), validate=True)
        )
    except (ValueError, binascii.Error):
        found = b""
    if len(found) != KEY_BYTES:
        raise ValueError("must be keys of 32 bytes in base64 or hex, as `openssl rand -hex 32` makes them")
    return found
