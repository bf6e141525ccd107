"""What the signed-in moderator decided at this site, with undo where it is still possible."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from service.console import access
from service.console.blueprint import console
from service.console.comments import comment_address
from service.console.people.preferences import choices
from service.context import context
from service.models.moderator import Role
from service.moderation.judgement.ranking import SEVERE_FROM
from service.moderation.review import own_decisions


@console.get("/sites/<site>/comments/mine")
@access.require(Role.MODERATOR)
def my_decisions() -> ResponseReturnValue:
    """Show the moderator's own decisions, newest first."""
    site, me = access.current_site(), access.current_moderator()
    with context().database.read() as session:
        after = comment_address.read_place(request.args)
        found, more = own_decisions.page(session, site.id, me.id, after=after)
    return render_template(
        "console/my_decisions.html",
        nav="Comments",
        found=found,
        more=comment_address.place(more),
        severe_from=SEVERE_FROM,
        covered=choices().cover != "never",
    )
