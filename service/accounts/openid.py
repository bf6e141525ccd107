"""OpenID Connect, as far as signing in needs it: discovery, authorization code with PKCE, an id token that is checked.

The issuer is whom the operator names, like the database: it may lie anywhere, and it says who is who. What its document
names may lie on the issuer's own host or on public ones, over https alone; no redirect is followed, no proxy is taken
from the environment, and time and size are bounded. Authlib speaks the protocol; it comes with the extra `oidc`.
"""

import importlib.util
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from service.outside.addresses import AddressRefused, Allowances, parse_target

# Signatures by a key that only the issuer has. "none" is no signature, and HS256 would take a public key for a secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
CLOCKS_APART = 60  # seconds that the issuer's clock and ours may differ
KEEP_SECONDS = 300.0  # a document of the issuer; its keys are asked for at every sign-in, so that none is ever stale
LARGEST = 256 * 1024  # bytes of an answer
_TIMEOUT = Timeout(connect=3.0, read=5.0)


class Fault(Exception):
    """Single sign-on failed; the message says why, and never carries a token or a secret."""


@dataclass(frozen=True)
class Client:
    """This service as the operator registered it with the issuer."""

    issuer: str
    client_id: str
    secret: str | None
    scope: str = "openid email profile"


@dataclass(frozen=True)
class Provider:
    """What the issuer's document says; the algorithms are fixed here instead."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    auth_method: str
    names_itself: bool  # its answers carry `iss` (RFC 9207)


@dataclass(frozen=True)
class SignInAttempt:
    """What must come back unchanged (state, nonce) and what proves that the code is ours (verifier)."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


_kept: dict[str, tuple[float, Provider]] = {}


def is_installed() -> bool:
    """Whether the extra `oidc` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("authlib", "joserfc"))


def discover(client: Client, /) -> Provider:
    """Return the issuer's document, fetched at most every five minutes; raise Fault."""
    known = _kept.get(client.issuer)
    if known is not None and time.monotonic() - known[0] < KEEP_SECONDS:
        return known[1]
    told = _json(_fetch("GET", f"{client.issuer.rstrip('/')}/.well-known/openid-configuration"), "its document")
    if str(told.get("issuer")).rstrip("/") != client.issuer.rstrip("/"):
        raise Fault("the issuer's document is that of another issuer")
    methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    provider = Provider(
        issuer=told["issuer"],
        authorization_endpoint=_endpoint(told, "authorization_endpoint", client.issuer),
        token_endpoint=_endpoint(told, "token_endpoint", client.issuer),
        jwks_uri=_endpoint(told, "jwks_uri", client.issuer),
        end_session_endpoint=_endpoint(told, "end_session_endpoint", client.issuer)
        if told.get("end_session_endpoint")
        else None,
        auth_method="none"
        if not client.secret
        else "client_secret_basic"
        if "client_secret_basic" in methods
        else "client_secret_post",
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )
    _kept[client.issuer] = (time.monotonic(), provider)
    return provider


def address(client: Client, provider: Provider, attempt: SignInAttempt, /, *, redirect_uri: str) -> str:
    """Return the address to which the browser is redirected."""
    url, _ = _authlib(client, provider, redirect_uri).create_authorization_url(
        provider.authorization_endpoint, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
    )
    return str(url)


def claims(
    client: Client, provider: Provider, attempt: SignInAttempt, code: str, /, *, redirect_uri: str
) -> dict[str, Any]:
    """Trade `code` for an id token, check all of it and return its claims; raise Fault."""
    from authlib.oauth2.base import OAuth2Error
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        answer = _authlib(client, provider, redirect_uri).fetch_token(
            provider.token_endpoint, grant_type="authorization_code", code=code, code_verifier=attempt.verifier
        )
    except OAuth2Error as error:
        raise Fault(f"the issuer refused the code ({str(error.error)[:60]})") from None
    except ValueError:
        raise Fault("the issuer's token endpoint did not answer with JSON") from None
    if not isinstance(answer.get("id_token"), str):
        raise Fault("the issuer sent no id token")
    try:
        keys = KeySet.import_key_set(_json(_fetch("GET", provider.jwks_uri), "its keys"))  # type: ignore[arg-type]
        token = jwt.decode(answer["id_token"], keys, algorithms=ALGORITHMS)
        checked = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": client.client_id},
            },
            params={
                "nonce": attempt.nonce,
                "client_id": client.client_id,
                "access_token": answer.get("access_token"),
            },
        )
        checked.validate(leeway=CLOCKS_APART)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        said = getattr(error, "description", "") or getattr(error, "error", "") or type(error).__name__
        raise Fault(f"the id token is not valid ({str(said)[:100]})") from None
    return dict(checked)


def forget() -> None:
    """Drop the cached document, so that it is fetched again."""
    _kept.clear()


def _authlib(client: Client, provider: Provider, redirect_uri: str) -> Any:
    from authlib.oauth2.client import OAuth2Client

    return OAuth2Client(
        _Wire(),
        client_id=client.client_id,
        client_secret=client.secret,
        token_endpoint_auth_method=provider.auth_method,
        scope=client.scope,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )


class _Wire:
    """What Authlib needs of a `requests` session, for the one request it makes."""

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any) -> "_Answer":
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _fetch("POST", url, headers, body.encode())


@dataclass(frozen=True)
class _Answer:
    status_code: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise Fault(f"the issuer answered {self.status_code}")


def _fetch(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> _Answer:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    try:
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
            answer = pool.request(method, url, headers=headers, body=body, redirect=False, preload_content=False)
            read = answer.read(LARGEST + 1, decode_content=False)
            answer.close()
    except (HTTPError, OSError) as error:
        raise Fault(f"the issuer could not be reached ({type(error).__name__})") from None
    if len(read) > LARGEST:
        raise Fault(f"the issuer's answer is longer than {LARGEST} bytes")
    return _Answer(answer.status, read)


def _json(answer: _Answer, what: str) -> dict[str, Any]:
    try:
        told = answer.json() if answer.status_code == 200 else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Fault(f"the issuer did not send {what} (status {answer.status_code})")
    return told


def _endpoint(told: dict[str, Any], name: str, issuer: str) -> str:
    url = told.get(name)
    if not isinstance(url, str):
        raise Fault(f"the issuer's document lacks {name}")
    own, theirs = urlsplit(issuer), urlsplit(url)
    if (theirs.scheme, theirs.hostname) == (own.scheme, own.hostname) and theirs.username is None:
        return url
    try:
        parse_target(url, Allowances())
    except AddressRefused as refusal:
        raise Fault(f"the issuer's {name} is on another host, and {refusal}") from None
    return url
