"""Verifies callbacks of Moderato (Standard Webhooks) and reads them.

Verify the bytes of the body as they arrived: parsed and written again, they are other bytes.
"""

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

from .models import Callback

TOLERANCE = 300  # seconds by which the signed time may differ from ours


class NotGenuine(ValueError):
    """None of the secrets has signed this callback, or it is too old. Answer 401."""


class NotUnderstood(ValueError):
    """The callback is genuine, but a later version of Moderato sent it. Answer 204, else it is sent again for days."""


def verify(
    body: bytes, headers: Mapping[str, str], secrets: str | Iterable[str], *, now: float | None = None
) -> Callback:
    """Return the callback if one of `secrets` (whsec_...) made one of its signatures less than five minutes ago.

    While secrets are rotated, give the old one and the new one. `headers` may be spelt in any case; `now` is in seconds
    since 1970. Raise NotGenuine or NotUnderstood.
    """
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        webhook_id, timestamp = sent["webhook-id"], sent["webhook-timestamp"]
        signatures = sent["webhook-signature"].encode().split(b" ")
        age = int(time.time() if now is None else now) - int(timestamp)
        signed = f"{webhook_id}.{timestamp}.".encode() + body
    except (KeyError, ValueError):  # among them UnicodeEncodeError
        raise NotGenuine("a header is missing or malformed") from None
    expected = [b"v1," + b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in keys]
    matches = [hmac.compare_digest(one, given) for one in expected for given in signatures]
    if not any(matches):
        raise NotGenuine("none of the secrets has made one of the signatures")
    if abs(age) > TOLERANCE:
        raise NotGenuine("the signed time differs from this clock by more than five minutes")
    try:
        return Callback.from_dict(json.loads(body))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotUnderstood("a later version of Moderato sent this callback") from error


def _key(secret: str) -> bytes:
    key = b64decode(secret.removeprefix("whsec_"), validate=True)
    if not key:
        raise ValueError("a secret is empty")
    return key
