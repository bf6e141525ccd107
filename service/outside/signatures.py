"""Signatures of webhooks, ours and other senders': bytes in, one exception out, constant time.

Verification uses the raw body, before anything parses it. The tests compare with the `standardwebhooks` package; it is
not used here because it raises five kinds of exception, knows one secret at a time and signs times that are not UTC
wrongly.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from service.models.webhook_source import Style

TOLERANCE = 300  # seconds by which a signed time may differ from ours
PREFIX = "whsec_"


class BadSignature(Exception):
    """The webhook is not genuine or is too old. The error has no detail, so a forger learns nothing."""


@dataclass(frozen=True)
class Verified:
    """A genuine webhook. `mark` is the same for the same webhook and depends on signed bytes only."""

    mark: str
    is_one_delivery: bool  # the mark names one delivery: its id or its time is signed


ONE_DELIVERY = (Style.STANDARD, Style.GHOST)


def new_secret() -> str:
    """Return a new random secret in the form of Standard Webhooks."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def sign(secrets: Sequence[str], webhook_id: str, moment: datetime, body: bytes, /) -> dict[str, str]:
    """Return the three headers of Standard Webhooks, with one signature per secret, so that each can be rotated.

    Raise ValueError without a secret: no callback leaves unsigned.
    """
    if not secrets:
        raise ValueError("nothing leaves unsigned: there is no secret")
    timestamp = str(int(moment.astimezone(UTC).timestamp()))
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    signatures = (base64.b64encode(_hmac(_key(secret), signed)).decode() for secret in secrets)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def verify(
    style: Style,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    /,
    *,
    token_header: str,
) -> Verified:
    """Return the mark of the webhook if one of `secrets` made its signature; raise BadSignature otherwise.

    `headers` in lower case. GitHub, Discourse and Coral do not sign the delivery id, so a repeat could change it: the
    mark of their webhooks comes from the signed bytes, and the same bytes may be another event.
    """
    try:
        signed = _VERIFIERS[style](secrets, headers, body, now, token_header.lower())
    except (ValueError, KeyError, OverflowError, binascii.Error, UnicodeError):
        raise BadSignature from None
    return Verified(hashlib.sha256(signed).hexdigest(), is_one_delivery=style in ONE_DELIVERY)


def _standard(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime, _header: str) -> bytes:
    prefix = "webhook" if "webhook-id" in headers else "svix"  # the standard's names, and those of its first sender
    webhook_id, timestamp = headers[f"{prefix}-id"], headers[f"{prefix}-timestamp"]
    _check_time(int(timestamp), now)
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    given = [part[3:] for part in headers[f"{prefix}-signature"].split(" ") if part.startswith("v1,")]
    _check((base64.b64encode(_hmac(_key(secret), signed)).decode() for secret in secrets), given)
    return webhook_id.encode()


def _ghost(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime, _header: str) -> bytes:
    fields = dict(part.strip().split("=", 1) for part in headers["x-ghost-signature"].split(","))
    _check_time(int(fields["t"]) // 1000, now)
    signed = body + fields["t"].encode()
    _check((_hmac(secret.encode(), signed).hex() for secret in secrets), [fields["sha256"]])
    return signed


def _hex(header: str) -> "Verifier":
    def verifier(
        secrets: Sequence[str], headers: Mapping[str, str], body: bytes, _now: datetime, _header: str
    ) -> bytes:
        given = [_digest(part.strip().removeprefix("sha256=")) for part in headers[header].split(",")]
        _check((_hmac(secret.encode(), body).hex() for secret in secrets), given)
        return body

    return verifier


def _digest(spelt: str) -> str:
    """Return a SHA-256 in lower-case hexadecimal that a sender spells in either case or in base64."""
    if len(spelt) == 64:
        return spelt.lower()
    return base64.b64decode(spelt, validate=True).hex() if len(spelt) == 44 else ""


def _token(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, _now: datetime, header: str) -> bytes:
    given = headers[header]
    _check(iter(secrets), [given, given.removeprefix("Bearer ")])
    return body


Verifier = Callable[[Sequence[str], Mapping[str, str], bytes, datetime, str], bytes]
_VERIFIERS: dict[Style, Verifier] = {
    Style.STANDARD: _standard,
    Style.GITHUB: _hex("x-hub-signature-256"),
    Style.DISCOURSE: _hex("x-discourse-event-signature"),
    Style.GHOST: _ghost,
    Style.CORAL: _hex("x-coral-signature"),
    Style.TOKEN: _token,
}


def _check(expected: Iterator[str], given: Sequence[str]) -> None:
    matches = [
        hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))
        for one in expected
        for other in given[:8]
    ]
    if not any(matches):
        raise BadSignature


def _check_time(seconds: int, now: datetime) -> None:
    if abs(now.timestamp() - seconds) > TOLERANCE:
        raise BadSignature


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()
