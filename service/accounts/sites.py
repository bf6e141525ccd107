"""Sites, as an operator sets them up; nothing here commits."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.capacity.shares import HEAVIEST, LIGHTEST
from service.errors import Conflict, FieldError, Invalid, NotFound
from service.models import Site

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create(session: Session, slug: str, name: str, /) -> Site:
    """Add a site with the built-in policy; raise Invalid for a bad slug, Conflict for one that exists."""
    if not SLUG.fullmatch(slug) or len(slug) > 60:
        raise _invalid("slug", f"{slug!r}: must be at most 60 of a-z, 0-9 and single hyphens between them")
    if not name.strip() or len(name) > 200:
        raise _invalid("name", "must have 1 to 200 characters")
    if find(session, slug) is not None:
        raise Conflict(f"The site {slug!r} already exists.")
    site = Site(slug=slug, name=name.strip())
    session.add(site)
    session.flush()
    return site


def find(session: Session, slug: str, /) -> Site | None:
    """Return the site, or None."""
    return session.scalar(select(Site).where(Site.slug == slug))


def require(session: Session, slug: str, /) -> Site:
    """Return the site or raise NotFound, naming the sites that exist."""
    site = find(session, slug)
    if site is None:
        known = ", ".join(session.scalars(select(Site.slug).order_by(Site.slug))) or "none yet"
        raise NotFound(f"There is no site {slug!r}; the sites are: {known}.")
    return site


def everyone(session: Session, /) -> list[Site]:
    """Return all sites by slug."""
    return list(session.scalars(select(Site).order_by(Site.slug)))


def set_weight(session: Session, site: Site, weight: float, /) -> None:
    """Change the site's share of everything that sites share; raise Invalid for a weight outside the bounds."""
    if not LIGHTEST <= weight <= HEAVIEST:
        raise _invalid("weight", f"{weight:g}: must be between {LIGHTEST:g} and {HEAVIEST:g}")
    site.weight = weight
    session.flush()


def weights(session: Session, /) -> dict[str, float]:
    """Return the weights, by site, that are not 1."""
    return {row.id: row.weight for row in session.execute(select(Site.id, Site.weight).where(Site.weight != 1.0))}


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[FieldError(f"#/{field}", "invalid", detail)])
