"""Inviting somebody to a site, and accepting: with a new account, or signed in to the one that the address has.

The link is shown once, to the admin who hands it over; the admin never learns whether the address has an account.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts import invitations, passwords
from service.console import access, acts
from service.console.blueprint import console
from service.console.people import team
from service.console.people.sessions import enter, refuse_plain_http
from service.console.saying import said
from service.context import context
from service.errors import Conflict, Invalid, Malformed
from service.models import Invitation, Site
from service.models.moderator import Role
from service.moderation import actors, audit_log


@console.post("/sites/<site>/people/invite")
@access.require(Role.ADMIN)
def invite_person() -> ResponseReturnValue:
    """Make an invitation and show its link, once."""
    site, form = access.current_site(), request.form
    wanted = form.get("role", "")
    if wanted not in list(Role):
        raise Malformed(f"role: must be one of {', '.join(Role)}.")
    email = form.get("email", "")
    try:
        with context().database.write() as session:
            here = session.get_one(Site, site.id)
            invited_by = access.current_moderator().name
            invitation, secret = invitations.invite(session, here, email, Role(wanted), by=invited_by)
            detail = {"email": invitation.email, "role": wanted}
            acts.record(session, "moderator.invite", subject=("invitation", invitation.id), detail=detail)
    except (Conflict, Invalid) as fault:
        return team.page(fault=said(fault.detail), email=email, wanted=wanted), fault.status
    base = (context().settings.public_url or request.url_root).rstrip("/")
    link = base + url_for("console.invitation", secret=secret)
    return render_template("console/invitation_link.html", nav="People", invitation=invitation, link=link)


@console.post("/sites/<site>/people/invitations/<invitation_id>/withdraw")
@access.require(Role.ADMIN)
def withdraw_invitation(invitation_id: str) -> ResponseReturnValue:
    """Make the link of an invitation worthless."""
    acts.require_sure()
    with context().database.write() as session:
        gone = invitations.withdraw(session, access.current_site().id, invitation_id)
        detail = {"email": gone.email}
        acts.record(session, "moderator.invite_withdraw", subject=("invitation", gone.id), detail=detail)
    flash(_("The invitation is withdrawn."))
    return redirect(url_for("console.people"), 303)


@console.get("/invitation/<secret>")
@access.public
def invitation(secret: str) -> ResponseReturnValue:
    """Ask for a name and a password; lead who has an account to signing in."""
    refuse_plain_http()
    with context().database.read() as session:
        found = invitations.require(session, secret)
        site = session.get_one(Site, found.site_id)
        if invitations.account_of(session, found) is not None:
            return redirect(url_for("console.join", secret=secret), 303)
    return _page(found, site)


@console.post("/invitation/<secret>")
@access.public
def accept_invitation(secret: str) -> ResponseReturnValue:
    """Make the account, and sign it in where passwords are for signing in."""
    refuse_plain_http()
    form, with_password = request.form, context().settings.password_sign_in
    try:
        with context().database.write() as session:
            found = invitations.require(session, secret)
            site = session.get_one(Site, found.site_id)
            password = form.get("password", "") if with_password else None
            person = invitations.accept_as_new(session, found, name=form.get("name", ""), password=password)
            audit_log.record(
                session, "moderator.join", actors.of_moderator(person), site_id=site.id, subject_kind="moderator",
                subject_id=person.id, detail={"role": found.role},
            )  # fmt: skip
    except Invalid as fault:
        with context().database.read() as session:
            found = invitations.require(session, secret)
            site = session.get_one(Site, found.site_id)
        return _page(found, site, fault=said(fault.detail), name=form.get("name", "")), fault.status
    if not with_password:
        flash(_("Your account is ready. Sign in."))
        return redirect(url_for("console.sign_in_page"), 303)
    return enter(person.id, "")


@console.get("/invitation/<secret>/join")
@access.signed_in
def join(secret: str) -> ResponseReturnValue:
    """Ask somebody who is signed in whether they want to join."""
    with context().database.read() as session:
        found = invitations.require(session, secret)
        site = session.get_one(Site, found.site_id)
    return render_template("console/join.html", invitation=found, site=site)


@console.post("/invitation/<secret>/join")
@access.signed_in
def accept_join(secret: str) -> ResponseReturnValue:
    """Give the role to the visitor, if the invitation is for them."""
    person = access.current_moderator()
    with context().database.write() as session:
        found = invitations.require(session, secret)
        site = session.get_one(Site, found.site_id)
        invitations.accept(session, found, person)
        audit_log.record(
            session, "moderator.join", actors.of_moderator(person), site_id=site.id, subject_kind="moderator",
            subject_id=person.id, detail={"role": found.role},
        )  # fmt: skip
    return redirect(url_for("console.review", site=site.slug), 303)


def _page(found: Invitation, site: Site, *, fault: str = "", name: str = "") -> str:
    return render_template(
        "console/invitation.html",
        invitation=found,
        to_site=site,
        fault=fault,
        name=name,
        with_password=context().settings.password_sign_in,
        shortest=passwords.MINIMUM_LENGTH,
        longest=passwords.MAXIMUM_LENGTH,
    )
