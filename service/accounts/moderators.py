"""Moderators as an operator or an admin sets them up: added, given a role, a password, removed; nothing here commits.

A new password, a lesser role and a removal end the person's sessions: anybody who uses one must sign in again. Sessions
are rows, so this counts at once, in every process.
"""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from service.accounts import passwords
from service.db import database_now
from service.errors import FieldError, Invalid, NotFound
from service.models import ConsoleSession, Membership, Moderator, Site
from service.models.moderator import Role

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Member:
    """Somebody who may sign in, at one of their sites; `site` and `role` are None for one without a site."""

    moderator: Moderator
    site: Site | None
    role: Role | None


def add(session: Session, site: Site, email: str, /, *, name: str, role: Role, password: str | None) -> Moderator:
    """Give a person the `role` at a site; a known address keeps its account, with a new password if one is given.

    Somebody who was removed is let in again. Raise Invalid for a bad address or password, and for a new person without
    a password.
    """
    email = email.strip().lower()
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise _invalid("email", f"{email!r}: must be an e-mail address")
    _check(password)
    person = session.scalar(select(Moderator).where(Moderator.email == email))
    if person is None:
        if password is None:
            raise _invalid("password", "a new moderator needs one")
        person = Moderator(email=email, name=name.strip() or email)
        session.add(person)
        session.flush()
    person.disabled_at = None
    if password is not None and not passwords.verify(person.password_hash, password):
        set_password(session, person, password)
    set_role(session, site, person, role)
    return person


def require(session: Session, email: str, /) -> Moderator:
    """Return the moderator with that address or raise NotFound."""
    person = session.scalar(select(Moderator).where(Moderator.email == email.strip().lower()))
    if person is None:
        raise NotFound(f"There is no moderator {email.strip()!r}; `moderato moderator list` shows them.")
    return person


def members(session: Session, /, site_id: str | None = None) -> list[Member]:
    """Return everybody with their roles, by site and address; with `site_id` only those of that site."""
    rows = (
        select(Moderator, Site, Membership.role)
        .outerjoin(Membership, Membership.moderator_id == Moderator.id)
        .outerjoin(Site, Site.id == Membership.site_id)
        .order_by(Site.slug, Moderator.email)
    )
    if site_id is not None:
        rows = rows.where(Site.id == site_id)
    return [Member(moderator, site, role) for moderator, site, role in session.execute(rows)]


def role_at(session: Session, site: Site, person: Moderator, /) -> Role | None:
    """Return the person's role at the site, None for somebody who is no member."""
    membership = session.get(Membership, (person.id, site.id))
    return membership.role if membership else None


def set_role(session: Session, site: Site, person: Moderator, role: Role, /) -> int:
    """Give the person that role at the site; return how many sessions ended because the role before was higher."""
    membership = session.get(Membership, (person.id, site.id))
    if membership is None:
        session.add(Membership(moderator_id=person.id, site_id=site.id, role=role))
        session.flush()
        return 0
    before, membership.role = membership.role, role
    session.flush()
    return 0 if role.includes(before) else end_sessions(session, person.id)


def remove(session: Session, site: Site, person: Moderator, /) -> int:
    """Take the person's role at the site away; return how many sessions ended. Raise NotFound for no member."""
    membership = session.get(Membership, (person.id, site.id))
    if membership is None:
        raise NotFound(f"{person.email} has no role at {site.slug}.")
    session.delete(membership)
    session.flush()
    return end_sessions(session, person.id)


def disable(session: Session, person: Moderator, /) -> int:
    """Let the person in no more, at no site; return how many sessions ended. Their decisions keep their name."""
    person.disabled_at = database_now()
    session.execute(delete(Membership).where(Membership.moderator_id == person.id))
    session.flush()
    return end_sessions(session, person.id)


def set_password(session: Session, person: Moderator, password: str, /, *, but: str | None = None) -> int:
    """Set a new password; return how many sessions ended: all, except the one with the id `but`. Raise Invalid."""
    _check(password)
    person.password_hash = passwords.hash_password(password)
    session.flush()
    return end_sessions(session, person.id, but=but)


def end_sessions(session: Session, moderator_id: str, /, *, only: str | None = None, but: str | None = None) -> int:
    """End the moderator's sessions, `only` one or all `but` one; return how many."""
    which: list[ColumnElement[bool]] = [ConsoleSession.moderator_id == moderator_id]
    if only is not None:
        which.append(ConsoleSession.id == only)
    if but is not None:
        which.append(ConsoleSession.id != but)
    return len(session.scalars(delete(ConsoleSession).where(*which).returning(ConsoleSession.id)).all())


def _check(password: str | None) -> None:
    if password is not None and (fault := passwords.fault(password)):
        raise _invalid("password", fault)


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[FieldError(f"#/{field}", "invalid", detail)])
