"""One comment with everything that helps to decide: a page of its own, and the same as a panel beside the queue.

Looking at a held comment takes it for a few minutes, for those who may decide. A request that a browser makes on its
own account (a prefetch, or one from another site) takes nothing.
"""

from itertools import pairwise
from urllib.parse import quote

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from service.console import access, acts
from service.console.blueprint import console
from service.console.people.preferences import choices
from service.console.policy import override_words, overrides
from service.console.review import queue_address
from service.console.review.marked import found, pieces
from service.console.review.revisions import difference
from service.context import context
from service.models.moderator import Role
from service.moderation.judgement.ranking import SEVERE_FROM, severity
from service.moderation.reports import reading
from service.moderation.review import actions, dossier, rejection_reasons, reservations
from service.vocabulary import CommentStatus

LOW_BELOW = 0.2  # "very unlikely": scores that tell a moderator nothing
# A script that goes on to the next comment wants it only if it is held and nobody else is deciding on it.
IF_FREE, HELD_BY = "X-If-Free", "X-Held-By"


@console.get("/sites/<site>/comments/<comment_id>", endpoint="comment")
@access.require(Role.VIEWER)
def comment_page(comment_id: str) -> ResponseReturnValue:
    """Show the comment; as a fragment for htmx."""
    site, me = access.current_site(), access.current_moderator()
    chosen = queue_address.read(request.args)
    held_by_me = False
    with context().database.read() as session:
        held = actions.require(session, site.id, comment_id).status is CommentStatus.HELD
    if held and access.may(Role.MODERATOR) and _is_a_person_looking():
        with context().database.write() as session:
            held_by_me = reservations.take(session, comment_id, me.id)
    if IF_FREE in request.headers and not held_by_me:
        with context().database.read() as session:
            hold = reservations.holder(session, comment_id)
        return "", 204, {HELD_BY: quote(hold.name) if hold else ""}
    with context().database.read() as session:
        file = dossier.read(session, actions.require(session, site.id, comment_id))
        offered = rejection_reasons.offered(session, site.id)
        reports = reading.of_comment(session, file.comment, telling=True)
        article_now = (
            overrides.for_article(session, site.id, file.article, file.comment.external_id) if file.article else None
        )
    cut = pieces(file.comment.text, file.findings)
    texts = [*(revision.text for revision in file.revisions), file.comment.text]
    of_scores = (severity(score.attribute.value, score.value) for score in file.scores)
    given = {reason.get("attribute") for reason in file.reasons}
    worst = max(file.comment.severity, *of_scores, 0.0)
    page = render_template(
        "console/comment_panel.html" if request.headers.get("HX-Request") == "true" else "console/comment.html",
        nav="Review",
        file=file,
        reports=reports,
        article_now=article_now,
        applied=[override_words.of_record(one) for one in file.overrides],
        comment=file.comment,
        cut=cut,
        marks=found(cut),
        changes=[difference(before, after) for before, after in pairwise(texts)],
        against_repeated=difference(file.repeats.text, file.comment.text) if file.repeats else [],
        offered=offered,
        suggested=rejection_reasons.suggested(file.reasons, offered),
        telling=[score for score in file.scores if score.attribute in given or score.value >= LOW_BELOW],
        low=[score for score in file.scores if score.attribute not in given and score.value < LOW_BELOW],
        low_below=LOW_BELOW,
        severe=worst >= SEVERE_FROM,
        held_by_me=held_by_me,
        can_decide=access.may(Role.MODERATOR),
        choices=choices(),
        query=queue_address.write(chosen),
        hold_minutes=reservations.HOLD_SECONDS // 60,
    )
    response = make_response(page)
    response.headers["Vary"] = "HX-Request"
    return response


@console.post("/sites/<site>/comments/<comment_id>/claim")
@access.require(Role.MODERATOR)
def renew_claim(comment_id: str) -> ResponseReturnValue:
    """Extend the reservation for a page that stays open; 409 when another moderator has it."""
    with context().database.write() as session:
        actions.require(session, access.current_site().id, comment_id)
        reservations.require_free(session, comment_id, acts.actor())
    return "", 204


@console.post("/sites/<site>/comments/<comment_id>/release")
@access.require(Role.MODERATOR)
def release_claim(comment_id: str) -> ResponseReturnValue:
    """Let go of the comment: it was skipped."""
    with context().database.write() as session:
        actions.require(session, access.current_site().id, comment_id)
        reservations.release(session, comment_id, access.current_moderator().id)
    return "", 204


def _is_a_person_looking() -> bool:
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" not in purpose and request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
