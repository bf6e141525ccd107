"""Signing in and out, the visitor's own sessions and password, and the list of their sites."""

import ipaddress

from flask import Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from service.accounts import openid, passwords
from service.console import access
from service.console.blueprint import console
from service.console.formats import number
from service.console.people import sign_in
from service.console.saying import said
from service.context import context
from service.errors import Forbidden, Invalid, Problem, TooMany
from service.models import Moderator

THROUGH_PROVIDER = "provider"  # set in the cookie of a session that an identity provider began


@console.get("/sign-in")
@access.public
def sign_in_page() -> ResponseReturnValue:
    """Show the form."""
    refuse_plain_http()
    return sign_in_answer(next_page=request.args.get("next", ""))


@console.post("/sign-in")
@access.public
def sign_in_form() -> ResponseReturnValue:
    """Check the password and begin a new session, never one that the browser already had."""
    refuse_plain_http()
    if not context().settings.password_sign_in:
        raise Forbidden("Password sign-in is disabled.")
    email, next_page = request.form.get("email", "")[:254], request.form.get("next", "")
    address = request.remote_addr or ""
    database = context().database
    try:
        moderator = sign_in.check_password(database, email, request.form.get("password", ""), address=address)
    except Problem as problem:
        return sign_in_answer(next_page=next_page, email=email, problem=problem)
    return enter(moderator.id, next_page)


@console.post("/sign-out")
@access.signed_in
def sign_out() -> ResponseReturnValue:
    """End this session at the server and in the browser."""
    here, through_provider = access.visitor(), session.get(THROUGH_PROVIDER)
    sign_in.revoke(context().database, here.moderator.id, session_id=here.session_id, act="session.end")
    session.clear()
    g.pop("visitor", None)
    flash(_("You are signed out."))
    return redirect(url_for("console.sign_in_page", left="provider" if through_provider else None), 303)


@console.get("/")
@access.signed_in
def home() -> ResponseReturnValue:
    """Redirect to the only site, or show the list of sites."""
    sites = access.visitor().sites
    if len(sites) == 1:
        return redirect(url_for("console.review", site=sites[0][0].slug), 303)
    return render_template("console/sites.html")


@console.get("/account")
@access.signed_in
def account() -> ResponseReturnValue:
    """Show the visitor's account, their sessions and their preferences."""
    return _account_page()


@console.post("/account/password")
@access.signed_in
def change_password() -> ResponseReturnValue:
    """Set a new password for somebody who knows the one before, and end their other sessions."""
    here, form, database = access.visitor(), request.form, context().database
    if not _has_password(here.moderator):
        raise Forbidden("This account signs in without a password.")
    try:
        sign_in.check_password(
            database, here.moderator.email, form.get("password", ""), address=request.remote_addr or ""
        )
        ended = sign_in.change_password(database, here.moderator.id, form.get("new_password", ""), but=here.session_id)
    except sign_in.WrongPassword:
        return _account_page(fault=_("The current password is wrong.")), sign_in.WrongPassword.status
    except (Invalid, TooMany) as problem:
        return _account_page(fault=said(problem.detail)), problem.status
    also = _("%(count)s other sessions ended.", count=number(ended))
    flash(" ".join((_("Your password has been changed."), *((also,) if ended else ()))))
    return redirect(url_for("console.account"), 303)


@console.post("/account/sessions/revoke")
@access.signed_in
def revoke_sessions() -> ResponseReturnValue:
    """End one session, or all but this one."""
    here = access.visitor()
    session_id = request.form.get("session") or None
    but = None if session_id else here.session_id
    ended = sign_in.revoke(context().database, here.moderator.id, session_id=session_id, but=but)
    flash(ngettext("%(count)s session ended.", "%(count)s sessions ended.", ended, count=number(ended)))
    return redirect(url_for("console.account"), 303)


def _account_page(*, fault: str = "") -> str:
    here = access.visitor()
    return render_template(
        "console/account.html",
        sessions=sign_in.sessions_of(context().database, here.moderator.id),
        here=here.session_id,
        has_password=_has_password(here.moderator),
        shortest=passwords.MINIMUM_LENGTH,
        longest=passwords.MAXIMUM_LENGTH,
        fault=fault,
    )


def _has_password(moderator: Moderator) -> bool:
    return context().settings.password_sign_in and moderator.password_hash is not None


def sign_in_answer(*, next_page: str = "", email: str = "", problem: Problem | None = None) -> Response:
    """Return the sign-in page with an error."""
    settings = context().settings
    provider = settings.oidc_name if settings.oidc_issuer and openid.is_installed() else None
    page = render_template(
        "console/sign_in.html",
        next=next_page,
        email=email,
        problem=problem,
        with_password=settings.password_sign_in,
        provider=provider,
        left=provider is not None and request.args.get("left") == "provider",
    )
    response = make_response(page, problem.status if problem else 200)
    if problem is not None and problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def enter(moderator_id: str, next_page: str, /, *, through_provider: bool = False) -> ResponseReturnValue:
    """Begin a session and redirect to where the visitor wanted to go; discard what the browser had before."""
    session.clear()
    session[sign_in.SECRET] = sign_in.begin(
        context().database, moderator_id, address=request.remote_addr or "", agent=request.user_agent.string
    )
    if through_provider:
        session[THROUGH_PROVIDER] = True
    return redirect(_within_console(next_page) or url_for("console.home"), 303)


def _within_console(target: str) -> str | None:
    # Only a path of the console itself: "//host", "https:" and backslashes lead elsewhere in some browser.
    safe = target.startswith("/console/") and "\\" not in target and not any(ord(c) < 32 for c in target)
    return target if safe else None


def refuse_plain_http() -> None:
    """Raise Forbidden if secrets would travel unencrypted."""
    if request.is_secure or context().settings.console_plain_http or _is_loopback(request.host):
        return
    raise Forbidden(
        "Passwords and cookies would travel readable for anybody in between. Open the console over HTTPS, or on the "
        "machine itself at http://localhost; on a network you trust, set MODERATO_CONSOLE_PLAIN_HTTP=true."
    )


def _is_loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
