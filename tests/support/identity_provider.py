"""An OpenID Connect provider of its own process, made of Authlib's server: real codes, real PKCE, real signatures.

`python -m tests.support.identity_provider PORT` serves it. Its people sign in by a form; what a lying or broken
provider would do is switched on by POST /misbehave, so that each check of ours is seen to fail for one reason alone.
"""

import base64
import hmac
import json
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

from flask import Flask, Response, jsonify, redirect, request

CLIENT_ID, SECRET = "moderato", "a secret between the two"
PEOPLE: dict[str, dict[str, Any]] = {
    "ana": {"sub": "1", "email": "Ana@gazette.example", "email_verified": True, "name": "Ana Lima"},
    "una": {"sub": "2", "email": "ana@gazette.example", "email_verified": False, "name": "Una, who claims to be Ana"},
    "kelvin": {"sub": "3", "email": "\u212aim@gazette.example", "email_verified": True, "name": "Another Kim"},
    "silent": {"sub": "4", "email": "ana@gazette.example", "name": "A directory that says nothing of verifying"},
    "new": {"sub": "5", "email": "new@gazette.example", "email_verified": True, "name": "Nia New",
            "groups": ["newsroom", "staff"], "realm_access": {"roles": ["newsroom"]}},
}  # fmt: skip


@dataclass
class Running:
    """A provider that runs; `base` is its address and the issuer it says it is."""

    base: str
    process: subprocess.Popen[bytes]

    def misbehave(self, **how: Any) -> None:
        """Set what is wrong with what it sends from now on; nothing: it behaves."""
        body = json.dumps(how).encode()
        asked = urllib.request.Request(
            f"{self.base}/misbehave", data=body, headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(asked, timeout=10).close()


def start() -> Running:
    """Start a provider on a free port and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.identity_provider", str(port)], cwd=Path(__file__).parents[2]
    )
    base, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{base}/.well-known/openid-configuration", timeout=2).close()
            return Running(base, process)
        except (URLError, OSError):
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                raise
            time.sleep(0.1)


def make(base: str) -> Flask:
    """Return the provider as a Flask application."""
    from authlib.integrations.flask_oauth2 import AuthorizationServer
    from authlib.oauth2.rfc6749 import grants
    from authlib.oauth2.rfc7636 import CodeChallenge
    from authlib.oidc.core import UserInfo
    from authlib.oidc.core.grants import OpenIDCode
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    key, foreign = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}), RSAKey.generate_key(2048, {"kid": "k1"})
    wrong: dict[str, Any] = {}
    codes: dict[str, Any] = {}

    class Person(dict[str, Any]):
        def get_user_id(self) -> str:
            return str(self["sub"])

    class Client:
        client_id = CLIENT_ID

        def get_client_id(self) -> str:
            return CLIENT_ID

        def get_default_redirect_uri(self) -> None:
            return None

        def get_allowed_scope(self, scope: str) -> str:
            return scope

        def check_redirect_uri(self, uri: str) -> bool:
            return uri.endswith("/console/sign-in/provider/return")

        def check_client_secret(self, secret: str) -> bool:
            return secret == SECRET

        def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
            return method in ("client_secret_basic", "client_secret_post")

        def check_response_type(self, kind: str) -> bool:
            return kind == "code"

        def check_grant_type(self, kind: str) -> bool:
            return kind == "authorization_code"

    @dataclass
    class Code:
        code: str
        redirect_uri: str
        scope: str
        nonce: str | None
        code_challenge: str
        code_challenge_method: str
        who: str

        def get_redirect_uri(self) -> str:
            return self.redirect_uri

        def get_scope(self) -> str:
            return self.scope

        def get_nonce(self) -> str | None:
            return str(wrong.get("nonce", self.nonce))

        def get_auth_time(self) -> int:
            return int(time.time())

        def get_acr(self) -> None:
            return None

        def get_amr(self) -> None:
            return None

    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, asked: Any) -> None:
            told = asked.payload.data
            codes[code] = Code(
                code, asked.payload.redirect_uri, asked.payload.scope, told.get("nonce"),
                told["code_challenge"], told["code_challenge_method"], asked.user["who"],
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            del codes[code.code]

        def authenticate_user(self, code: Code) -> Person:
            return Person(PEOPLE[code.who])

    class IdToken(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return any(code.nonce == nonce for code in codes.values())

        def generate_user_info(self, user: Person, scope: str) -> Any:
            return UserInfo(**user)

        def encode_id_token(self, token: dict[str, Any], asked: Any) -> str:
            now = int(time.time())
            claims = {"iss": base, "aud": [CLIENT_ID], "iat": now, "exp": now + 300}
            claims |= self.get_authorization_code_claims(asked.authorization_code)
            claims |= self.generate_user_info(asked.user, token["scope"])
            claims = {name: value for name, value in (claims | wrong.get("claims", {})).items() if value is not None}
            alg = wrong.get("alg", "RS256")
            header = {"alg": alg, "kid": "k1"}
            if alg in ("none", "HS256"):  # by hand: no library signs with a public key for a secret
                parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
                text = b".".join(part.rstrip(b"=") for part in parts)
                seal = hmac.digest(key.as_pem(private=False), text, "sha256") if alg == "HS256" else b""
                return b".".join((text, base64.urlsafe_b64encode(seal).rstrip(b"="))).decode()
            signer = foreign if wrong.get("key") == "foreign" else key
            return jwt.encode(header, claims, signer, algorithms=[alg])

    app = Flask("identity_provider")
    server = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT_ID else None)
    server.save_token = lambda token, asked: None
    server.register_grant(Grant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def document() -> Any:
        told = {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
            "end_session_endpoint": f"{base}/leave",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }
        return jsonify(told | wrong.get("document", {}))

    @app.get("/keys")
    def keys() -> Any:
        return jsonify({"keys": [key.as_dict(private=False), {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}]})

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        if request.method == "GET":
            buttons = "".join(f'<button name="who" value="{who}">{who}</button>' for who in PEOPLE)
            return f'<!doctype html><html lang="en"><title>Provider</title><form method="post">{buttons}</form>'
        if wrong.get("refuse"):
            state = request.args["state"]
            return redirect(f"{request.args['redirect_uri']}?error=access_denied&state={state}")
        who = request.form["who"]
        grant = server.get_consent_grant(end_user=Person(PEOPLE[who], who=who))
        return server.create_authorization_response(grant=grant, grant_user=Person(PEOPLE[who], who=who))

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/leave")
    def leave() -> Response:
        return Response(f"left {request.args['client_id']} for {request.args['post_logout_redirect_uri']}")

    @app.post("/misbehave")
    def misbehave() -> Any:
        wrong.clear()
        wrong.update(request.get_json())
        return jsonify(wrong)

    return app


if __name__ == "__main__":
    import os

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback, without TLS
    number = int(sys.argv[1])
    make(f"http://127.0.0.1:{number}").run("127.0.0.1", number, threaded=True)
