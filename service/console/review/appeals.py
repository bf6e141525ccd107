"""Appeals as a page: authors' objections, decided by another moderator than the one who rejected."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from service.console import access
from service.console.blueprint import console
from service.console.people.preferences import choices
from service.context import context
from service.errors import Malformed
from service.models import AppealState
from service.models.moderator import Role
from service.moderation.review import appeals

SAID = {
    AppealState.UPHELD: _l("Uphold the rejection."),
    AppealState.OVERTURNED: _l("Overturned: the comment is approved."),
    AppealState.MOOT: _l("The comment has changed meanwhile, so there was nothing left to decide."),
}


@console.get("/sites/<site>/appeals", endpoint="appeals")
@access.require(Role.VIEWER)
def appeals_page() -> ResponseReturnValue:
    """Show the open appeals, and the last decided ones."""
    site = access.current_site()
    with context().database.read() as session:
        waiting = appeals.cases(session, site.id)
        closed = appeals.cases(session, site.id, is_open=False, limit=20)
    return render_template("console/appeals.html", nav="Review", waiting=waiting, closed=closed, choices=choices())


@console.post("/sites/<site>/appeals/<appeal_id>")
@access.require(Role.MODERATOR)
def decide_appeal(appeal_id: str) -> ResponseReturnValue:
    """Uphold or overturn."""
    ruling = request.form.get("ruling", "")
    if ruling not in ("uphold", "overturn"):
        raise Malformed("ruling: must be uphold or overturn.")
    with context().database.write() as session:
        appeal = appeals.decide(
            session,
            access.current_site().id,
            access.current_moderator(),
            appeal_id,
            overturn=ruling == "overturn",
            answer=request.form.get("answer", ""),
        )
    context().queues.wake("delivery")
    flash(str(SAID[appeal.state]))
    return redirect(url_for("console.appeals"), 303)
