"""Readers' reports on a comment's page: what they say, what is known of their reporters, and dismissing them all."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from service.console import access, acts
from service.console.blueprint import console
from service.console.formats import number
from service.console.numbers import whole_number
from service.console.review.decisions import wants_json
from service.console.words import word
from service.context import context
from service.errors import Malformed
from service.models.moderator import Role
from service.moderation.reports import dismissing
from service.moderation.reports.weights import Record
from service.moderation.review import actions
from service.queues import DELIVERY


@console.post("/sites/<site>/comments/<comment_id>/reports/dismiss")
@access.require(Role.MODERATOR)
def dismiss_reports(comment_id: str) -> ResponseReturnValue:
    """Settle all open reports of the comment, as the page showed them, as not upheld; its status stays."""
    version, reports = (whole_number(request.form.get(name, "")) for name in ("version", "reports"))
    if version is None:
        raise Malformed("version: is missing. Send the version that the page showed.")
    if reports is None:
        raise Malformed("reports: is missing. Send the number of reports that the page showed.")
    with context().database.write() as session:
        comment = actions.require(session, access.current_site().id, comment_id)
        dismissed = dismissing.dismiss_all(session, comment, version=version, reports=reports, by=acts.actor())
    context().queues.wake(DELIVERY)
    said = _("There was no open report; nothing changed.")
    if dismissed:
        said = ngettext(
            "Dismissed %(count)s report.", "Dismissed %(count)s reports.", dismissed, count=number(dismissed)
        )
    if wants_json():
        return {"message": said}
    flash(said)
    query = request.form.get("query", "")
    return redirect(url_for("console.comment", comment_id=comment_id) + (f"?{query}" if query else ""), 303)


@console.app_template_filter("record_words")
def record_words(record: Record) -> str:
    """Return what is known of a reporter: "2 of 3 other reports were upheld"."""
    if not record.settled:
        return _("no other report was decided")
    return ngettext(
        "%(upheld)s of %(count)s other report was upheld",
        "%(upheld)s of %(count)s other reports were upheld",
        record.settled,
        upheld=number(record.upheld),
        count=number(record.settled),
    )


@console.app_template_filter("kind_words")
def kind_words(kind: str) -> str:
    """Return a kind of report for people."""
    return word(kind)
