"""Invitations: an admin names an address and a role, and hands over a link; nothing here commits.

The link is a secret of which only the SHA-256 is stored. It works once, for a week, and for that address alone: who has
an account already must sign in to it, so that an invitation opens nobody's account and changes nobody's password.
"""

import hashlib
import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.accounts import moderators, passwords
from service.accounts.moderators import EMAIL
from service.db import database_now
from service.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from service.models import Invitation, Membership, Moderator, Site
from service.models.moderator import Role
from service.sentences import worded

LASTS_SECONDS = 7 * 86_400
LONGEST_NAME = 200


def invite(session: Session, site: Site, email: str, role: Role, /, *, by: str) -> tuple[Invitation, str]:
    """Store an invitation in place of an earlier one to that address; return it and the secret of its link.

    Raise Invalid for a bad address, Conflict for somebody who has a role here.
    """
    email = email.strip().lower()
    if not EMAIL.fullmatch(email) or len(email) > 254 or not email.isprintable():
        raise _invalid("email", worded("%(given)s: must be an e-mail address", given=repr(email)))
    member = select(Moderator.id).join(Membership).where(Membership.site_id == site.id, Moderator.email == email)
    if session.scalar(member) is not None:
        raise Conflict(worded("%(email)s has a role here already.", email=email))
    secret = secrets.token_urlsafe(32)
    earlier = (Invitation.site_id == site.id) & (Invitation.email == email)
    session.execute(delete(Invitation).where((Invitation.ends_at < database_now()) | earlier))
    invitation = Invitation(
        secret_sha256=_sha256(secret), site_id=site.id, email=email, role=role, invited_by=by[:200],
        ends_at=database_now(LASTS_SECONDS),
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    return invitation, secret


def of_site(session: Session, site_id: str, /) -> list[Invitation]:
    """Return the invitations that can still be accepted."""
    found = select(Invitation).where(Invitation.site_id == site_id, Invitation.ends_at > database_now())
    return list(session.scalars(found.order_by(Invitation.email)))


def withdraw(session: Session, site_id: str, invitation_id: str, /) -> Invitation:
    """Remove an invitation of the site; raise NotFound."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.site_id != site_id:
        raise NotFound("This site has no such invitation; it may have been accepted.")
    session.delete(invitation)
    session.flush()
    return invitation


def require(session: Session, secret: str, /) -> Invitation:
    """Return the invitation behind a link or raise NotFound; locked, so that it is accepted once."""
    of_link = Invitation.secret_sha256 == _sha256(secret), Invitation.ends_at > database_now()
    invitation = session.scalar(select(Invitation).where(*of_link).with_for_update())
    if invitation is None:
        raise NotFound(
            "This invitation has been used, withdrawn or replaced, or is over a week old. Ask for a new one."
        )
    return invitation


def account_of(session: Session, invitation: Invitation, /) -> Moderator | None:
    """Return the account that the invited address has already."""
    return session.scalar(select(Moderator).where(func.lower(Moderator.email) == invitation.email))


def accept_as_new(session: Session, invitation: Invitation, /, *, name: str, password: str | None) -> Moderator:
    """Make the account and give it the role; `password` None where nobody signs in with one.

    Raise Invalid for a bad name or password, Conflict for an address that has an account.
    """
    if account_of(session, invitation) is not None:
        raise Conflict("This address has an account already. Sign in to accept the invitation.")
    if len(name.strip()) > LONGEST_NAME:
        raise _invalid("name", worded("must have at most %(max_length)s characters", max_length=LONGEST_NAME))
    if password is not None and (fault := passwords.fault(password)):
        raise _invalid("password", fault)
    person = Moderator(email=invitation.email, name=name.strip() or invitation.email)
    if password is not None:
        person.password_hash = passwords.hash_password(password)
    session.add(person)
    session.flush()
    _give(session, invitation, person)
    return person


def accept(session: Session, invitation: Invitation, person: Moderator, /) -> None:
    """Give the role to somebody who is signed in; raise Forbidden for another address than the invited one."""
    if person.email.lower() != invitation.email:
        raise Forbidden(
            worded(
                "This invitation is for %(email)s. You are signed in as %(own)s.",
                email=invitation.email,
                own=person.email,
            )
        )
    _give(session, invitation, person)


def _give(session: Session, invitation: Invitation, person: Moderator) -> None:
    site = session.get_one(Site, invitation.site_id)
    if moderators.role_at(session, site, person) is None:  # an operator may have been quicker
        moderators.set_role(session, site, person, invitation.role)
    session.delete(invitation)
    session.flush()


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[FieldError(f"#/{field}", "invalid", detail)])
