"""How long a site keeps the texts of decided comments. For admins: a shorter time erases at the next round of upkeep.

What would be erased is counted first and has to be confirmed, because nothing brings it back.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.formats import number
from service.console.numbers import whole_number
from service.console.saying import said
from service.context import context
from service.errors import Invalid
from service.models import Site
from service.models.moderator import Role
from service.moderation.erasure import retention as kept


@console.get("/sites/<site>/retention")
@access.require(Role.ADMIN)
def retention() -> ResponseReturnValue:
    """Show how long texts are kept."""
    return _page()


@console.post("/sites/<site>/retention")
@access.require(Role.ADMIN)
def change_retention() -> ResponseReturnValue:
    """Change it; what this would erase at once must be confirmed, with the number that was shown or a higher one."""
    site, form = access.current_site(), request.form
    days = None if form.get("days", "") == "" else whole_number(form.get("days", ""))
    if form.get("days") and days is None:
        return _page(fault=_("Enter a whole number of days."), typed=form["days"]), Invalid.status
    try:
        kept.check(_days(days))
    except Invalid as fault:
        return _page(fault=said(fault.detail), typed=form["days"]), fault.status
    shorter = _days(days) < _days(site.retention_days)
    with context().database.write() as session:
        expired = kept.count_expired(session, site.id, _days(days)) if shorter else 0
        if expired > (whole_number(form.get("sure", "")) or 0):
            return _page(asked=days, expired=expired)
        row = session.get_one(Site, site.id)
        detail = {"from": row.retention_days, "to": days, "erases": expired}
        kept.keep(session, row, days)
        record(session, "site.retention", subject=("site", site.id), detail=detail)
    count = _days(days)
    flash(
        ngettext(
            "Texts are kept for %(count)s day after their verdict.",
            "Texts are kept for %(count)s days after their verdict.",
            count,
            count=number(count),
        )
    )
    return redirect(url_for("console.retention"), 303)


def _days(chosen: int | None) -> int:
    return context().settings.retention_days if chosen is None else chosen


def _page(*, fault: str = "", typed: str = "", asked: int | None = None, expired: int = 0) -> str:
    own = access.current_site().retention_days
    return render_template(
        "console/retention.html",
        nav="People",
        own=own,
        days=_days(own),
        usual=context().settings.retention_days,
        fault=fault,
        typed=typed,
        asked=asked,
        asked_days=_days(asked),
        expired=expired,
        longest=kept.LONGEST,
    )
