"""The site's API keys: what each may do and until when; made and revoked here. For admins.

A key is shown once, in the answer to the form that made it, never by a redirect, which would put it into a cookie.
"""

from collections.abc import Sequence
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from service.accounts import keys, perspective
from service.clock import utc_now
from service.console import access
from service.console.acts import record, require_sure
from service.console.blueprint import console
from service.context import context
from service.db import database_now
from service.errors import Invalid, Malformed, NotFound
from service.models import ApiKey
from service.models.moderator import Role
from service.vocabulary import Scope

LONGEST_NAME = 100
LIFETIMES = {"30": _l("30 days"), "90": _l("90 days"), "365": _l("a year"), "": _l("until it is revoked")}
MEANINGS = {
    Scope.SUBMIT: _l("Send comments. A key that readers can see, such as a form’s, has this alone."),
    Scope.SCORE: _l("Get scores and verdicts at once, as a client of Perspective, OpenAI, Akismet or Discourse does."),
    Scope.READ: _l("See comments, verdicts, authors, figures and the policy; score texts; have verdicts called back."),
    Scope.MODERATE: _l("Edit comments and articles, decide, appeal, set an author’s standing; see what it changes."),
    Scope.CONFIGURE: _l("Change the policy, endpoints and webhook sources; see their secrets."),
    Scope.ERASE: _l("Erase comments and authors for good."),
}


@console.get("/sites/<site>/keys", endpoint="api_keys")
@access.require(Role.ADMIN)
def page() -> ResponseReturnValue:
    """List the site's keys, those in force first; with `?for=form`, begin with what a form needs."""
    return _page(scopes=[Scope.SUBMIT], days="") if request.args.get("for") == "form" else _page()


@console.post("/sites/<site>/keys")
@access.require(Role.ADMIN)
def create_key() -> ResponseReturnValue:
    """Create a key as the form says, and show it once."""
    name, days = request.form.get("name", "").strip(), request.form.get("days", "")
    scopes = [scope for scope in Scope if scope.value in request.form.getlist("scope")]
    if days not in LIFETIMES:
        raise Malformed(f"days: must be one of {', '.join(filter(None, LIFETIMES))}, or empty.")
    origins, appeals = request.form.get("origins", "").split(), "appeals" in request.form
    fault = _("Tick at least one thing that the key may do.") if not scopes else _fault_of(name)
    try:
        terms = perspective.read({"origins": origins, "appeals": appeals}) if origins or appeals else None
    except Invalid:
        fault = fault or _("An origin is a scheme and a host without a path, such as https://news.example.")
    if fault:
        return _page(fault=fault, name=name, scopes=scopes, days=days, origins=origins, appeals=appeals), Invalid.status
    ends = utc_now() + timedelta(days=int(days)) if days else None
    with context().database.write() as session:
        site_id = access.current_site().id
        key = keys.create(session, site_id, name, scopes=scopes, expires_at=ends, perspective=terms)
        record(session, "key.create", subject=("key", keys.id_of(key)), detail=keys.told(name, scopes, ends))
    return render_template("console/key_created.html", nav="Connections", key=key)


@console.post("/sites/<site>/keys/<key_id>/revoke")
@access.require(Role.ADMIN)
def revoke_key(key_id: str) -> ResponseReturnValue:
    """Revoke a key; it stops working within a second."""
    require_sure()
    with context().database.write() as session:
        if not keys.revoke(session, access.current_site().id, key_id):
            raise NotFound("This site has no active key with this id.")
        record(session, "key.revoke", subject=("key", key_id))
    flash(_("The key has been revoked."))
    return redirect(url_for("console.api_keys"), 303)


def _page(
    *,
    fault: str = "",
    name: str = "",
    scopes: list[Scope] | None = None,
    days: str = "90",
    origins: Sequence[str] = (),
    appeals: bool = False,
) -> str:
    of_the_site = select(ApiKey).where(ApiKey.site_id == access.current_site().id)
    in_order = of_the_site.order_by(ApiKey.revoked_at.is_not(None), ApiKey.created_at.desc())
    with context().database.read() as session:
        found, now = session.scalars(in_order).all(), session.scalar(select(database_now()))
    return render_template(
        "console/keys.html",
        nav="Connections",
        keys=[(key, keys.scopes_of(key), keys.terms_of(key)) for key in found],
        now=now,
        prefix=keys.PREFIX,
        meanings=MEANINGS,
        lifetimes=LIFETIMES,
        fault=fault,
        name=name,
        chosen=scopes if scopes is not None else [Scope.SUBMIT, Scope.READ],
        days=days,
        origins=origins,
        appeals=appeals,
        longest=LONGEST_NAME,
    )


def _fault_of(name: str) -> str:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _(
            "Give the key a name of 1 to %(longest)s printable characters, such as the program that uses it.",
            longest=LONGEST_NAME,
        )
    return ""
