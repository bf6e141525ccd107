"""Legal notices as a page: the notifier's explanation beside the comment, and the lead's decision.

Moderators see the page. Who sent a legal notice is shown to leads alone, who decide and answer.
"""

from collections.abc import Mapping
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from service.clock import utc_now
from service.console import access
from service.console.blueprint import console
from service.console.numbers import whole_number
from service.console.people.preferences import choices
from service.console.saying import said
from service.context import context
from service.errors import Conflict, Invalid, Malformed
from service.models import LegalGround, LegalNoticeKind, LegalNoticeState
from service.models.moderator import Role
from service.moderation.judgement import statements
from service.moderation.legal_notices import cases, deciding, notifiers
from service.moderation.legal_notices.deciding import NoSuchComment, NoticeDecision

DAY, WEEK = 86_400, 7 * 86_400
KIND_WORDS = {
    LegalNoticeKind.HATE: _l("hatred or incitement"),
    LegalNoticeKind.THREAT: _l("threat or call for violence"),
    LegalNoticeKind.DEFAMATION: _l("insult or defamation"),
    LegalNoticeKind.PRIVACY: _l("privacy"),
    LegalNoticeKind.COPYRIGHT: _l("copyright or brand"),
    LegalNoticeKind.FRAUD: _l("fraud or illegal goods"),
    LegalNoticeKind.TERRORISM: _l("terrorism"),
    LegalNoticeKind.CHILD_ABUSE: _l("sexual offence against children"),
    LegalNoticeKind.OTHER: _l("something else"),
}
SAID = {
    LegalNoticeState.TAKEN_DOWN: _l("Taken down. Author and notifier hear of it when you can no longer undo it."),
    LegalNoticeState.LEFT_PUBLISHED: _l(
        "Nothing was changed. The notifier hears of it when you can no longer undo it."
    ),
}


@console.get("/sites/<site>/legal-notices", endpoint="legal_notices")
@access.require(Role.MODERATOR)
def legal_notices_page() -> ResponseReturnValue:
    """Show the open legal notices, and the last decided ones."""
    return _page()


def _page(*, fault: str = "", unnamed: str = "", typed: str = "", refused: Mapping[str, str] | None = None) -> str:
    """Return the page; `fault` says why `typed` names no comment for the legal notice `unnamed`.

    `refused` is a decision that was not taken: its form, with `id` for the legal notice and `fault` for the reason.
    """
    site = access.current_site()
    with context().database.read() as session:
        waiting = cases.waiting(session, site.id)
        decided = cases.decided(session, site.id)
        stated = statements.given(session, site.id, statements.ILLEGAL.code)
        redress = cases.usual_redress(session, site.id)
    return render_template(
        "console/legal_notices.html",
        nav="Review",
        waiting=waiting,
        decided=decided,
        now=utc_now(),
        stated=stated,
        answers={"taken_down": notifiers.TAKEN_DOWN, "left_published": notifiers.LEFT_PUBLISHED},
        redress=redress,
        choices=choices(),
        fault=fault,
        unnamed=unnamed,
        typed=typed,
        refused=refused or {},
    )


@console.post("/sites/<site>/legal-notices/<legal_notice_id>")
@access.require(Role.LEAD)
def decide_legal_notice(legal_notice_id: str) -> ResponseReturnValue:
    """Take the comment down, or leave it published."""
    outcome = _outcome()
    try:
        with context().database.write() as session:
            decided = deciding.decide(
                session,
                access.current_site().id,
                access.current_moderator(),
                legal_notice_id,
                outcome,
                undo_seconds=context().settings.callback_undo_seconds,
            )
    except (Conflict, Invalid) as fault:
        refused = {**request.form, "id": legal_notice_id, "fault": said(fault.detail)}
        return _page(refused=refused), fault.status
    context().queues.wake("delivery")
    flash(str(SAID[decided.state]))
    flash(decided.id, "undo_legal_notice")
    return _back()


@console.post("/sites/<site>/legal-notices/<legal_notice_id>/undo")
@access.require(Role.LEAD)
def undo_legal_notice(legal_notice_id: str) -> ResponseReturnValue:
    """Open a decided legal notice again before anybody hears of the decision."""
    with context().database.write() as session:
        deciding.undo(session, access.current_site().id, access.current_moderator(), legal_notice_id)
    flash(_("Undone: the legal notice is open again."))
    return _back()


@console.post("/sites/<site>/legal-notices/<legal_notice_id>/comment")
@access.require(Role.LEAD)
def name_comment_of_legal_notice(legal_notice_id: str) -> ResponseReturnValue:
    """Say which comment a legal notice is about."""
    given = request.form.get("comment", "")
    try:
        with context().database.write() as session:
            deciding.name_comment(session, access.current_site().id, access.current_moderator(), legal_notice_id, given)
    except NoSuchComment as fault:
        return _page(fault=said(fault.detail), unnamed=legal_notice_id, typed=given), fault.status
    return _back(f"#legal-notice-{legal_notice_id}")


@console.app_template_filter("legal_notice_kind_words")
def kind_words(kind: str) -> str:
    """Return a kind of illegal content for people."""
    return str(KIND_WORDS[LegalNoticeKind(kind)])


@console.app_template_global("open_for")
def open_for(since: datetime, now: datetime) -> tuple[str, str]:
    """Return how long something has been open, in words, and the class of its badge: never by colour alone."""
    seconds = (now - since).total_seconds()
    if seconds < DAY:
        hours = round(seconds / 3_600)
        return _("open for %(hours)s h", hours=hours) if seconds >= 5_400 else _("open for less than 2 h"), ""
    days = round(seconds / DAY)
    if seconds >= WEEK:
        return _("open for %(days)s days: more than a week", days=days), "badge-bad"
    words = ngettext("open for %(days)s day: decide soon", "open for %(days)s days: decide soon", days, days=days)
    return words, "badge-warn"


def _outcome() -> NoticeDecision:
    form = request.form
    outcome, ground = form.get("outcome", ""), form.get("ground", LegalGround.ILLEGAL)
    if outcome not in (LegalNoticeState.TAKEN_DOWN, LegalNoticeState.LEFT_PUBLISHED):
        raise Malformed("outcome: must be taken_down or left_published.")
    if ground not in list(LegalGround):
        raise Malformed("ground: must be illegal or terms.")
    return NoticeDecision(
        state=LegalNoticeState(outcome),
        answer=form.get("answer", ""),
        redress=form.get("redress", ""),
        version=whole_number(form.get("version", "")),
        ground=LegalGround(ground),
        sentence=form.get("sentence", ""),
        provision=form.get("provision", ""),
    )


def _back(anchor: str = "") -> Response:
    return redirect(url_for("console.legal_notices") + anchor, 303)
