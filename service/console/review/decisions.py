"""Deciding, undoing, escalating, leaving notes; for plain forms (a redirect) and for scripts (JSON)."""

from typing import Any
from urllib.parse import parse_qsl

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from service.console import access
from service.console.blueprint import console
from service.console.formats import number
from service.console.numbers import whole_number
from service.console.review import queue_address
from service.console.words import word
from service.context import context
from service.errors import Malformed
from service.models.moderator import Role
from service.moderation.review import actions, deciding, reservations
from service.moderation.review.actions import Done
from service.moderation.review.deciding import Ruling
from service.moderation.review.queue.next_comment import next_free
from service.moderation.review.queue.queue_filter import QueueFilter
from service.sentences import N_
from service.vocabulary import CommentStatus, Verdict

DONE = {Verdict.APPROVE: _l("Approved."), Verdict.REJECT: _l("Rejected.")}
DONE_BEFORE = {
    Verdict.APPROVE: _l("Approved already; nothing changed."),
    Verdict.REJECT: _l("Rejected already; nothing changed."),
}


@console.post("/sites/<site>/comments/<comment_id>/decision")
@access.require(Role.MODERATOR)
def decide(comment_id: str) -> ResponseReturnValue:
    """Record the verdict on the comment as the page showed it, and go on to the next."""
    site, me, form = access.current_site(), access.current_moderator(), request.form
    version = whole_number(form.get("version", ""))
    if version is None:
        raise Malformed("version: is missing. Send the version that the page showed.")
    with context().database.write() as session:
        ruling = ruling_of(session, site.id, form)
        undo_seconds = context().settings.callback_undo_seconds
        done = actions.decide(session, site.id, me, comment_id, version, ruling, undo_seconds=undo_seconds)
    context().queues.wake("delivery")
    said = DONE if done.action else DONE_BEFORE
    return answer(done, str(said[ruling.verdict]))


@console.post("/sites/<site>/review/actions/<action_id>/undo", endpoint="undo")
@access.require(Role.MODERATOR)
def undo_action(action_id: str) -> ResponseReturnValue:
    """Undo what was just decided; the site has not been told yet."""
    with context().database.write() as session:
        done = actions.undo(session, access.current_site().id, access.current_moderator(), action_id)
    said = _undone_words(done)
    if wants_json():
        return {"message": said, "undone": done.decided}
    flash(said)
    mine = request.form.get("then") == "mine"
    return redirect(url_for("console.my_decisions") if mine else queue_page(), 303)


def _undone_words(done: Done) -> str:
    back, moved_on = done.decided, len(done.left_out)
    if elsewhere := done.statuses - {CommentStatus.HELD}:  # it was an overturn, of one comment
        return _("Undone: the comment is %(status)s again.", status=" / ".join(map(word, sorted(elsewhere))))
    if not moved_on:
        return ngettext(
            "Undone: %(count)s comment back in the queue.",
            "Undone: %(count)s comments back in the queue.",
            back,
            count=number(back),
        )
    moved = ngettext(
        "%(count)s comment had moved on", "%(count)s comments had moved on", moved_on, count=number(moved_on)
    )
    return ngettext(
        "Undone: %(count)s comment back in the queue; %(moved)s.",
        "Undone: %(count)s comments back in the queue; %(moved)s.",
        back,
        count=number(back),
        moved=moved,
    )


@console.post("/sites/<site>/comments/<comment_id>/skip")
@access.require(Role.MODERATOR)
def skip(comment_id: str) -> ResponseReturnValue:
    """Let go of the comment and go on to the next one."""
    with context().database.write() as session:
        actions.require(session, access.current_site().id, comment_id)
        reservations.release(session, comment_id, access.current_moderator().id)
    return _to_next(_filter(), after=comment_id)


@console.post("/sites/<site>/comments/<comment_id>/escalate")
@access.require(Role.MODERATOR)
def escalate(comment_id: str) -> ResponseReturnValue:
    """Hand the comment to a lead."""
    with context().database.write() as session:
        note = request.form.get("note", "")
        actions.escalate(session, access.current_site().id, access.current_moderator(), comment_id, note)
    return answer(None, _("Escalated to a lead."))


@console.post("/sites/<site>/comments/<comment_id>/hand-back")
@access.require(Role.LEAD)
def hand_back(comment_id: str) -> ResponseReturnValue:
    """Put an escalated comment back into the queue."""
    with context().database.write() as session:
        note = request.form.get("note", "")
        actions.hand_back(session, access.current_site().id, access.current_moderator(), comment_id, note)
    return answer(None, _("Back in the queue."))


@console.post("/sites/<site>/comments/<comment_id>/notes")
@access.require(Role.MODERATOR)
def add_note(comment_id: str) -> ResponseReturnValue:
    """Leave a note for other moderators."""
    with context().database.write() as session:
        text = request.form.get("note", "")
        actions.add_note(session, access.current_site().id, access.current_moderator(), comment_id, text)
    if wants_json():
        return {"message": _("Note added.")}
    query = queue_address.write(_filter())
    return redirect(f"{url_for('console.comment', comment_id=comment_id)}?{query}#notes", 303)


def ruling_of(session: Any, site_id: str, form: MultiDict[str, str], /) -> Ruling:
    """Return what a form decides; raise Malformed for a verdict or a reason that is not offered."""
    verdict = form.get("verdict", "")
    if verdict not in (Verdict.APPROVE, Verdict.REJECT):
        raise Malformed("verdict: must be approve or reject.")
    code = form.get("reason", "") if verdict == Verdict.REJECT else ""
    ruling = deciding.ruling_of(
        session,
        site_id,
        Verdict(verdict),
        reason=code,
        note=form.get("note", ""),
        second_look_percent=context().settings.second_look_percent,
    )
    if code and ruling.statement is None:
        raise Malformed(N_("This reason is no longer one of the site’s. Reload the page and pick another."))
    return ruling


def _to_next(chosen: QueueFilter, *, after: str | None = None) -> Response:
    """Lead to the next comment that nobody else is deciding on, or to the queue."""
    site, me = access.current_site(), access.current_moderator()
    with context().database.read() as session:
        following = next_free(session, site.id, chosen, moderator_id=me.id, after=after)
    if following is None:
        return redirect(queue_page(), 303)
    return redirect(f"{url_for('console.comment', comment_id=following)}?{queue_address.write(chosen)}", 303)


def answer(done: Done | None, said: str, /) -> ResponseReturnValue:
    """Return the result to a script, or lead a plain form to the next comment of its queue."""
    action = done.action if done else None
    if wants_json():
        return {
            "message": said,
            "undo": url_for("console.undo", action_id=action.id) if action else None,
            "undo_seconds": context().settings.callback_undo_seconds,
        }
    flash(said)
    if action:
        flash(action.id, "undo")
    if request.form.get("then") != "next":
        return redirect(queue_page(), 303)
    return _to_next(_filter(), after=(request.view_args or {}).get("comment_id"))


@console.app_template_global("undo_seconds")
def undo_seconds() -> float:
    """Return how long a decision can be undone."""
    return context().settings.callback_undo_seconds


def queue_page() -> str:
    """Return the address of the queue that the form came from."""
    query = queue_address.write(_filter())
    return url_for("console.review") + (f"?{query}" if query else "")


def wants_json() -> bool:
    """Whether a script asks, which shows the result itself."""
    return request.accept_mimetypes.best == "application/json"


def _filter() -> QueueFilter:
    return queue_address.read(MultiDict(parse_qsl(request.form.get("query", ""))))
