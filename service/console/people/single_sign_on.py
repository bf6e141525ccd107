"""Single sign-on through an OpenID Connect provider: to the provider, back, and out.

The values that must come back unchanged are in the browser's signed cookie for ten minutes and are used once, so that
another person's answer or an old one signs no one in.
"""

import hmac
import time
from urllib.parse import urlencode

import structlog
from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from service.accounts import openid
from service.accounts.openid import Client, SignInAttempt
from service.console import access
from service.console.blueprint import console
from service.console.people import directory, sign_in
from service.console.people.sessions import enter, refuse_plain_http, sign_in_answer
from service.context import context
from service.errors import NotFound, Problem, Unauthenticated
from service.sentences import worded

log = structlog.get_logger()
ATTEMPT = "attempt"
ATTEMPT_SECONDS = 600


@console.get("/sign-in/provider")
@access.public
def to_provider() -> ResponseReturnValue:
    """Send the browser to the provider, with a state, a nonce and a challenge for this attempt only."""
    refuse_plain_http()
    client = _client()
    next_page = request.args.get("next", "")[:500]
    try:
        sign_in.refuse_guessing(context().database, _ACCOUNT, address=request.remote_addr or "")
        attempt, provider = SignInAttempt(), openid.discover(client)
        where = openid.address(client, provider, attempt, redirect_uri=_return_address())
    except openid.Fault as fault:
        return _refused(fault, next_page)
    except Problem as problem:
        return sign_in_answer(next_page=next_page, problem=problem)
    session[ATTEMPT] = [attempt.state, attempt.nonce, attempt.verifier, int(time.time()), next_page]
    return redirect(where, 303)


@console.get("/sign-in/provider/return")
@access.public
def from_provider() -> ResponseReturnValue:
    """Check the provider's answer and begin a session for its account.

    Only an answer to an attempt that this browser began counts as a failure: anybody's page can send a browser here.
    """
    refuse_plain_http()
    client, database, address = _client(), context().database, request.remote_addr or ""
    waiting, next_page, is_ours = session.pop(ATTEMPT, None), "", False
    try:
        sign_in.refuse_guessing(database, _ACCOUNT, address=address)
        attempt, begun, next_page = _waiting(waiting)
        if not hmac.compare_digest(attempt.state.encode(), request.args.get("state", "").encode()):
            raise openid.Fault("the answer does not belong to the last attempt from this browser")
        is_ours = True
        if time.time() - begun > ATTEMPT_SECONDS:
            raise openid.Fault("the attempt took longer than ten minutes")
        if "error" in request.args:
            raise openid.Fault(f"the issuer refused ({request.args['error'][:60]})")
        provider = openid.discover(client)
        if request.args.get("iss", provider.issuer if not provider.names_itself else None) != provider.issuer:
            raise openid.Fault("the answer is not from the issuer")
        code = request.args.get("code", "")
        claims = openid.claims(client, provider, attempt, code, redirect_uri=_return_address())
        with database.write() as rows:
            moderator = directory.let_in(rows, claims, context().settings)
    except openid.Fault as fault:
        if is_ours:
            sign_in.remember_failure(database, _ACCOUNT, address=address)
        return _refused(fault, next_page)
    except Problem as problem:
        if is_ours and problem.retry_after is None:
            sign_in.remember_failure(database, _ACCOUNT, address=address)
        return sign_in_answer(next_page=next_page, problem=problem)
    return enter(moderator.id, next_page, through_provider=True)


@console.get("/sign-in/provider/leave")
@access.public
def leave_provider() -> ResponseReturnValue:
    """Send the browser to the provider's own sign-out page."""
    client = _client()
    try:
        provider = openid.discover(client)
    except openid.Fault as fault:
        return _refused(fault, "")
    if provider.end_session_endpoint is None:
        raise NotFound("The provider has no sign-out page. Close the browser instead.")
    back = _external(url_for("console.sign_in_page"))
    query = urlencode({"client_id": client.client_id, "post_logout_redirect_uri": back})
    mark = "&" if "?" in provider.end_session_endpoint else "?"
    return redirect(f"{provider.end_session_endpoint}{mark}{query}", 303)


_ACCOUNT = "(identity provider)"  # failures are counted per address of the browser; who failed is not known


def _client() -> Client:
    settings = context().settings
    if not settings.oidc_issuer or not openid.is_installed():
        raise NotFound("Single sign-on is not set up.")
    return Client(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_scope)


def _waiting(kept: object) -> tuple[SignInAttempt, int, str]:
    if not isinstance(kept, list) or len(kept) != 5:
        raise openid.Fault("this browser began no attempt, or has used it already")
    state, nonce, verifier, begun, next_page = kept
    return SignInAttempt(state, nonce, verifier), begun, next_page


def _refused(fault: openid.Fault, next_page: str) -> ResponseReturnValue:
    log.warning("provider_sign_in_refused", why=str(fault))
    problem = Unauthenticated(
        worded(
            "Signing in with %(provider)s did not work: %(fault)s. Please try again.",
            provider=context().settings.oidc_name,
            fault=fault,
        )
    )
    return sign_in_answer(next_page=next_page, problem=problem)


def _return_address() -> str:
    return _external(url_for("console.from_provider"))


def _external(path: str) -> str:
    # As the operator registered it: behind a proxy the request alone may not tell.
    public = context().settings.public_url
    return (public or request.host_url).rstrip("/") + path
