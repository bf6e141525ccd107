"""The people who may sign in at this site: their roles, changed and taken away. For admins; see `invitations`.

Accounts and passwords are their owners': an account may have roles at other sites, which an admin here knows nothing
of. Nobody takes their own role away, so that a site keeps an admin.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from service.accounts import invitations, moderators
from service.console import access, acts
from service.console.blueprint import console
from service.console.words import word
from service.context import context
from service.errors import Conflict, Malformed, NotFound
from service.models import Moderator
from service.models.moderator import Role

MEANINGS = {
    Role.VIEWER: _l("sees the queue and the dashboard"),
    Role.MODERATOR: _l("decides"),
    Role.LEAD: _l("edits the policy, sees everybody’s work"),
    Role.ADMIN: _l("keys, people, connections"),
}


@console.get("/sites/<site>/people")
@access.require(Role.ADMIN)
def people() -> ResponseReturnValue:
    """List who has a role at this site."""
    return page()


def page(*, fault: str = "", email: str = "", wanted: str = Role.MODERATOR) -> str:
    """Return the page; after a refused invitation with what was typed and why."""
    with context().database.read() as session:
        found = moderators.members(session, access.current_site().id)
        invited = invitations.of_site(session, access.current_site().id)
    return render_template(
        "console/people.html", nav="People", members=found, invited=invited, meanings=MEANINGS, fault=fault,
        email=email, wanted=wanted,
    )  # fmt: skip


@console.post("/sites/<site>/people/<moderator_id>/role")
@access.require(Role.ADMIN)
def change_role(moderator_id: str) -> ResponseReturnValue:
    """Give somebody another role; a lesser one ends their sessions."""
    wanted = request.form.get("role", "")
    if wanted not in list(Role):
        raise Malformed(f"role: must be one of {', '.join(Role)}.")
    with context().database.write() as session:
        person, before = _colleague(session, moderator_id)
        ended = moderators.set_role(session, access.current_site(), person, Role(wanted))
        detail = {"from": before, "to": wanted, "sessions_ended": ended}
        acts.record(session, "moderator.role", subject=("moderator", person.id), detail=detail)
    flash(_("%(name)s is %(role)s now.", name=person.name, role=word(wanted)))
    return redirect(url_for("console.people"), 303)


@console.post("/sites/<site>/people/<moderator_id>/remove")
@access.require(Role.ADMIN)
def remove_person(moderator_id: str) -> ResponseReturnValue:
    """Take somebody's role at this site away and end their sessions."""
    acts.require_sure()
    with context().database.write() as session:
        person, before = _colleague(session, moderator_id)
        ended = moderators.remove(session, access.current_site(), person)
        detail = {"from": before, "sessions_ended": ended}
        acts.record(session, "moderator.remove", subject=("moderator", person.id), detail=detail)
    flash(_("%(name)s has no role here any more.", name=person.name))
    return redirect(url_for("console.people"), 303)


def _colleague(session: Session, moderator_id: str) -> tuple[Moderator, Role]:
    person = session.get(Moderator, moderator_id)
    role = moderators.role_at(session, access.current_site(), person) if person is not None else None
    if person is None or role is None:
        raise NotFound("Nobody with this id has a role at this site.")
    if person.id == access.current_moderator().id:
        raise Conflict("You cannot change your own role. Ask another admin.")
    return person, role
