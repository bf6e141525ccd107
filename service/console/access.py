"""Who is signed in, at which site, and what they may do. Default deny: a view without a rule here is closed.

Another site's pages are a 404 for people who are not members, so that they cannot learn that the site exists.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import current_app, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy import select

from service.console import languages
from service.console.blueprint import console, error_page
from service.console.people import sign_in
from service.context import context
from service.db import OUT_OF_ORDER
from service.errors import Forbidden, NotFound
from service.models import Membership, Moderator, Site
from service.models.moderator import Role
from service.sentences import worded

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
_RULE = "_moderato_access"
LAST_SITE = "site"  # in the cookie: the site last used, for links back from pages without a site


@dataclass(frozen=True)
class Visitor:
    """The moderator behind a request, their sign-in, their sites, and the site and role of this page (None
    off-site).
    """

    moderator: Moderator
    session_id: str
    sites: tuple[tuple[Site, Role], ...]
    choices: dict[str, Any] = field(default_factory=dict)
    site: Site | None = None
    role: Role | None = None


def visitor() -> Visitor:
    """Return who is signed in; only for views behind `require` or `signed_in`."""
    return cast(Visitor, g.visitor)


def current_moderator() -> Moderator:
    """Return the signed-in moderator."""
    return visitor().moderator


def current_site() -> Site:
    """Return the site of this page; only for views behind `require`."""
    site = visitor().site
    assert site is not None, "the view is not behind access.require"
    return site


def may(role: Role, /) -> bool:
    """Whether the visitor has at least `role` at this page's site; templates use it to hide what is not allowed."""
    held = visitor().role if g.get("visitor") else None
    return held is not None and held.includes(role)


def last_site() -> Site | None:
    """Return the site where the visitor worked last, or their first site; None if they have none."""
    sites = [site for site, _ in visitor().sites]
    return next((site for site in sites if site.slug == session.get(LAST_SITE)), sites[0] if sites else None)


def require(role: Role, /) -> Callable[[View[P]], View[P]]:
    """Allow only visitors with at least `role` at the site in the address.

    Not signed in: redirect to the sign-in page and back. Not a member: 404. A lesser role: 403 that names the role.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not _recognise():
                return _to_sign_in()
            slug = g.site_slug
            held = next(((site, held) for site, held in visitor().sites if site.slug == slug), None)
            if held is None:
                raise NotFound("There is no such site, or you are not a member of it.")
            site, held_role = held
            known = visitor()
            g.visitor = Visitor(known.moderator, known.session_id, known.sites, known.choices, site, held_role)
            if session.get(LAST_SITE) != slug:
                session[LAST_SITE] = slug
            if not held_role.includes(role):
                raise Forbidden(
                    worded(
                        "This page needs the role %(role)s at %(site)s. Your role there is %(own)s.",
                        role=worded(role.value),
                        site=site.name,
                        own=worded(held_role.value),
                    )
                )
            return view(*args, **kwargs)

        setattr(guarded, _RULE, role)
        return guarded

    return decorate


def signed_in(view: View[P]) -> View[P]:
    """Allow any visitor who is signed in, at whatever site."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if _recognise() else _to_sign_in()

    setattr(guarded, _RULE, "signed in")
    return guarded


def public(view: View[P]) -> View[P]:
    """Declare that a view needs no sign-in."""
    setattr(view, _RULE, "public")
    return view


def rule_of(view: object) -> object:
    """Return the rule of a view function: a Role, "signed in", "public", or None (then the view is closed)."""
    return getattr(view, _RULE, None)


@console.errorhandler(CSRFError)
def _show_expired(_error: CSRFError) -> ResponseReturnValue:
    # Whose sign-in has ended may have lost the cookie, and the form's token with it, to a request just before this one.
    rule = rule_of(current_app.view_functions.get(request.endpoint or ""))
    if rule not in (None, "public") and sign_in.SECRET not in session:
        return _to_sign_in()
    return error_page(Forbidden("This page is out of date. Reload it and try again."))


@console.before_request
def _deny_by_default() -> None:
    endpoint = request.endpoint or ""
    if endpoint in ("console.static", "console.nowhere"):
        return
    if rule_of(current_app.view_functions.get(endpoint)) is None:
        raise Forbidden("This page has no access rule.")


def try_to_recognise() -> None:
    """Recognise the visitor if they are signed in and the database can be asked; for pages that anybody may see."""
    try:
        _recognise()
    except OUT_OF_ORDER:
        return


def _recognise() -> bool:
    if g.get("visitor"):
        return True
    secret = session.get(sign_in.SECRET)
    if not isinstance(secret, str):
        return False
    found = sign_in.resume(context().database, secret)
    if found is None:
        session.clear()
        return False
    with context().database.read() as database:
        rows = database.execute(
            select(Site, Membership.role)
            .join(Membership, Membership.site_id == Site.id)
            .where(Membership.moderator_id == found.moderator.id)
            .order_by(Site.name)
        ).all()
    sites = tuple((site, role) for site, role in rows)
    g.visitor = Visitor(found.moderator, found.session_id, sites, found.choices)
    languages.follow_visitor()
    return True


def _to_sign_in() -> ResponseReturnValue:
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.headers.get("HX-Request") == "true":
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("console.sign_in_page")
        return response
    if request.accept_mimetypes.best == "application/json":
        return make_response({"sign_in": url_for("console.sign_in_page")}, 401)
    return redirect(url_for("console.sign_in_page", next=here), 303)
