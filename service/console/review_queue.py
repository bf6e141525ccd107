"""The review queue: what waits for a person, filtered and ordered."""

from flask import render_template
from flask.typing import ResponseReturnValue

from service.console import access
from service.console.blueprint import console
from service.models.moderator import Role


@console.get("/sites/<site>/review")
@access.require(Role.VIEWER)
def review() -> ResponseReturnValue:
    """Show the queue."""
    return render_template("console/review.html", nav="Review")
