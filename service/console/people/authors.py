"""An author's page: how their comments are treated and why, decisions, strikes; and the list of named authors.

The author's id is in the query, since a CMS may send anything as an id. Only leads mark staff and unmark
back, because it exempts; the rest any moderator may.
"""

from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.clock import utc_now
from service.console import access, acts, id_sources
from service.console.blueprint import console
from service.console.saying import said
from service.context import context
from service.errors import Conflict, Forbidden, Invalid, Malformed, NotFound
from service.models import AuditEntry, Author
from service.models.moderator import Role
from service.models.stored_ids import bare
from service.moderation.authors import author_file
from service.moderation.authors import standing as standings
from service.moderation.intake import id_spaces
from service.moderation.text.publisher_ids import is_id
from service.sentences import worded
from service.vocabulary import Standing

DAYS = (1, 7, 30, 90, 365)
DECISIONS = 20
ACTS = 10
PAGE = 100
SAID = {
    Standing.TRUSTED: _l("The author is trusted now."),
    Standing.STAFF: _l("The author counts as staff now."),
    Standing.BLOCKED: _l("The author is blocked now. What waits already stays in the queue."),
    None: _l("Standing removed. The policy decides by the author's record."),
}


@console.get("/sites/<site>/authors", endpoint="authors")
@access.require(Role.VIEWER)
def listed() -> ResponseReturnValue:
    """List the blocked, the staff and the trusted by name; those who earned trust themselves are not among them."""
    site = access.current_site()
    standing = _standing(request.args.get("standing", ""))
    after = request.args.get("after", "")
    if after and not is_id(bare(after)):
        raise Malformed("after: take the address of the page before, unchanged.")
    with context().database.read() as session:
        found = standings.listed(session, site.id, standing, after=after, limit=PAGE + 1)
        counts = standings.count(session, site.id)
    return render_template(
        "console/authors.html",
        nav="Review",
        listed=found[:PAGE],
        more=found[PAGE - 1][0].external_id if len(found) > PAGE else "",
        chosen=standing,
        counts=counts,
        standings=(Standing.BLOCKED, Standing.STAFF, Standing.TRUSTED),
    )


@console.get("/sites/<site>/author")
@access.require(Role.VIEWER)
def author() -> ResponseReturnValue:
    """Show what is known of the author `id`."""
    site = access.current_site()
    with context().database.read() as session:
        author_id = _author_id(session, site.id, request.args)
        file = author_file.read(session, site.id, author_id)
        if file.is_empty:
            raise NotFound("This site has no comments by this author and no standing for them.")
        recent = author_file.recent(session, site.id, author_id, limit=DECISIONS)
        changes = _acts(session, site.id, file.row)
    return render_template(
        "console/author.html",
        nav="Review",
        file=file,
        recent=recent,
        acts=changes,
        days=DAYS,
        can_decide=access.may(Role.MODERATOR),
        stamp=_stamp(file.row),
    )


@console.post("/sites/<site>/author")
@access.require(Role.MODERATOR)
def set_author_standing() -> ResponseReturnValue:
    """Set the author's standing or remove it; Conflict if another moderator changed it since the page was shown."""
    site, form = access.current_site(), request.form
    standing = _standing(form.get("standing", ""))
    days = form.get("days", "")
    if days not in ("", "keep", *map(str, DAYS)):
        raise Malformed(f"days: must be one of {', '.join(map(str, DAYS))}, keep, or empty.")
    with context().database.write() as session:
        author_id = _author_id(session, site.id, form)
        file = author_file.read(session, site.id, author_id)
        if file.is_empty:
            raise NotFound("This site has no comments by this author and no standing for them.")
        if Standing.STAFF in (standing, file.standing) and not access.may(Role.LEAD):
            raise Forbidden(
                "Only a lead can mark an author as staff, because comments by staff are not held for scores."
            )
        if form.get("stamp", "") != _stamp(file.row):
            raise Conflict("Another moderator has changed this author's standing. Reload the page, then decide.")
        try:
            standings.set_to(
                session,
                site.id,
                author_id,
                standing,
                reason=form.get("reason", "") if standing else "",
                until=_until(days, file.row) if standing else None,
                by=acts.actor(),
            )
        except Invalid as fault:
            why = "; ".join(said(error.detail) for error in fault.errors)
            raise Invalid(worded("Not saved: %(why)s.", why=why)) from None
    flash(str(SAID[standing]))
    return redirect(url_for("console.author", **id_sources.fields("id", author_id)), 303)


def _author_id(session: Session, site_id: str, args: MultiDict[str, str]) -> str:
    if not is_id(args.get("id", "")):
        raise NotFound("This site has no author with this id.")
    given = id_sources.read(args, "id")
    return given if id_sources.is_exact(args, "id") else id_spaces.author(session, site_id, given)


def _standing(given: str) -> Standing | None:
    if given not in ("", *Standing):
        raise Malformed("standing: must be trusted, staff, blocked or empty.")
    return Standing(given) if given else None


def _until(days: str, row: Author | None) -> datetime | None:
    if days == "keep":
        return row.until if row is not None else None
    return utc_now() + timedelta(days=int(days)) if days else None


def _stamp(row: Author | None) -> str:
    return row.set_at.isoformat() if row is not None and row.set_at is not None else ""


def _acts(session: Session, site_id: str, row: Author | None) -> list[AuditEntry]:
    if row is None:
        return []
    entries = (
        select(AuditEntry)
        .where(AuditEntry.site_id == site_id, AuditEntry.subject_kind == "author", AuditEntry.subject_id == row.id)
        .order_by(AuditEntry.number.desc())
        .limit(ACTS)
    )
    return list(session.scalars(entries))
