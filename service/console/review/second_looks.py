"""Second looks as a page: one comment at a time, blind; and for leads how far moderators agree."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.people.preferences import choices
from service.context import context
from service.errors import Malformed
from service.models import Article, Comment
from service.models.moderator import Role
from service.moderation.insight.agreement import second_looks as agreement
from service.moderation.review import second_looks
from service.vocabulary import Verdict

DISAGREES = {
    Verdict.APPROVE: _l(
        "The first moderator approved it. Your view is recorded; the decision stays until a moderator overturns it."
    ),
    Verdict.REJECT: _l(
        "The first moderator rejected it. Your view is recorded; the decision stays until a moderator overturns it."
    ),
}


@console.get("/sites/<site>/second-looks", endpoint="second_looks")
@access.require(Role.MODERATOR)
def second_looks_page() -> ResponseReturnValue:
    """Show the next decision to judge again, without what was decided, by whom, or how it scored."""
    site, me = access.current_site(), access.current_moderator()
    with context().database.read() as session:
        found = second_looks.next_for(session, site.id, me.id)
        look, comment = found if found else (None, None)
        article = session.get(Article, comment.article_id) if comment and comment.article_id else None
        parent = session.get(Comment, comment.parent_id) if comment and comment.parent_id else None
        agreed = agreement.agreements(session, site.id) if access.may(Role.LEAD) else {}
    return render_template(
        "console/second_looks.html",
        nav="Review",
        look=look,
        comment=comment,
        article=article,
        parent=parent,
        agreed=agreed,
        percent=context().settings.second_look_percent,
        choices=choices(),
    )


@console.post("/sites/<site>/second-looks/<look_id>")
@access.require(Role.MODERATOR)
def record_second_look(look_id: str) -> ResponseReturnValue:
    """Record the second verdict and only then say what the first was."""
    verdict = request.form.get("verdict", "")
    if verdict not in (Verdict.APPROVE, Verdict.REJECT):
        raise Malformed("verdict: must be approve or reject.")
    with context().database.write() as session:
        site, me = access.current_site(), access.current_moderator()
        outcome = second_looks.record(session, site.id, me, look_id, Verdict(verdict))
        record(session, "review.second_look", subject=("second_look", look_id), detail={"verdict": verdict})
    if outcome.agrees:
        flash(_("You agree with the first moderator."))
    else:
        flash(str(DISAGREES[outcome.first]))
    return redirect(url_for("console.second_looks"), 303)
