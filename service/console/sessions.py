"""Signing in and out, one's own sessions, and the list of sites one works for."""

import ipaddress

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from service.console import access, sign_in
from service.console.blueprint import console
from service.context import context
from service.errors import Forbidden, Problem


@console.get("/sign-in")
@access.public
def sign_in_page() -> ResponseReturnValue:
    """Show the form."""
    _refuse_plain_http()
    return render_template("console/sign_in.html", next=request.args.get("next", ""), email="", problem=None)


@console.post("/sign-in")
@access.public
def sign_in_form() -> ResponseReturnValue:
    """Check the password and begin a session, never one that the browser brought along."""
    _refuse_plain_http()
    email, next_page = request.form.get("email", "")[:254], request.form.get("next", "")
    address = request.remote_addr or ""
    database = context().database
    try:
        moderator = sign_in.check_password(database, email, request.form.get("password", ""), address=address)
    except Problem as problem:
        page = render_template("console/sign_in.html", next=next_page, email=email, problem=problem)
        response = make_response(page, problem.status)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        return response
    session.clear()
    session[sign_in.SECRET] = sign_in.begin(database, moderator.id, address=address, agent=request.user_agent.string)
    return redirect(_within_console(next_page) or url_for("console.home"), 303)


@console.post("/sign-out")
@access.signed_in
def sign_out() -> ResponseReturnValue:
    """End this session at the server and in the browser."""
    here = access.visitor()
    sign_in.revoke(context().database, here.moderator.id, session_id=here.session_id)
    session.clear()
    g.pop("visitor", None)
    flash("You are signed out.")
    return redirect(url_for("console.sign_in_page"), 303)


@console.get("/")
@access.signed_in
def home() -> ResponseReturnValue:
    """Lead to the only site, or show the list of them."""
    sites = access.visitor().sites
    if len(sites) == 1:
        return redirect(url_for("console.review", site=sites[0][0].slug), 303)
    return render_template("console/sites.html")


@console.get("/account")
@access.signed_in
def account() -> ResponseReturnValue:
    """Show who one is, where one is signed in, and one's preferences."""
    sessions = sign_in.sessions_of(context().database, access.current_moderator().id)
    return render_template("console/account.html", sessions=sessions, here=access.visitor().session_id)


@console.post("/account/sessions/revoke")
@access.signed_in
def revoke_sessions() -> ResponseReturnValue:
    """End one session, or all but this one."""
    here = access.visitor()
    session_id = request.form.get("session") or None
    but = None if session_id else here.session_id
    ended = sign_in.revoke(context().database, here.moderator.id, session_id=session_id, but=but)
    flash(f"{ended} session{'' if ended == 1 else 's'} ended.")
    return redirect(url_for("console.account"), 303)


def _within_console(target: str) -> str | None:
    # Only a path of the console itself: "//host", "https:" and backslashes lead elsewhere in some browser.
    safe = target.startswith("/console/") and "\\" not in target and not any(ord(c) < 32 for c in target)
    return target if safe else None


def _refuse_plain_http() -> None:
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
