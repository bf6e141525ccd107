"""Which account a single sign-on belongs to, and which roles its groups give.

An e-mail address counts only if the provider verified it. Without MODERATO_OIDC_ROLES only existing accounts are
admitted; with it, the groups alone decide, at every sign-in, which role a person has at the sites it names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts import moderators
from service.accounts.moderators import EMAIL
from service.errors import Unauthenticated
from service.installation.settings import Settings
from service.models import Moderator, Site
from service.models.moderator import Role
from service.moderation import audit_log
from service.moderation.actors import IDENTITY_PROVIDER
from service.sentences import N_, worded


class NotLetIn(Unauthenticated):
    """The provider knows this person, but Moderato does not admit them; the message says why."""

    title = N_("That did not work")


@dataclass(frozen=True)
class Grant:
    """Members of `group` have `role` at the site."""

    slug: str
    role: Role
    group: str


def grants(spelled: str, /) -> list[Grant]:
    """Return the grants in MODERATO_OIDC_ROLES, "site:role=group, ..."; the settings have checked its form."""
    found = []
    for part in filter(None, (part.strip() for part in spelled.split(","))):
        where, _, group = part.partition("=")
        slug, _, role = where.partition(":")
        found.append(Grant(slug.strip(), Role(role.strip()), group.strip()))
    return found


def let_in(session: Session, claims: Mapping[str, Any], settings: Settings, /) -> Moderator:
    """Return the account that the claims belong to; raise NotLetIn, which says what is missing."""
    email = _verified_email(claims, settings)
    person = session.scalar(select(Moderator).where(Moderator.email == email))
    if person is not None and person.disabled_at is not None:
        raise NotLetIn("This account was switched off. An administrator of this machine can switch it on again.")
    mapped = grants(settings.oidc_roles)
    if mapped:
        held = _roles(mapped, _groups(claims, settings.oidc_groups_claim))
        if person is None and held:
            name = claims.get("name")
            person = Moderator(email=email, name=(name if isinstance(name, str) and name.strip() else email)[:200])
            session.add(person)
            session.flush()
        if person is not None:
            _apply(session, person, held, {grant.slug for grant in mapped})
    if person is None:
        raise NotLetIn(
            worded("There is no account for %(email)s here. An administrator of this machine can add one.", email=email)
        )
    return person


def _verified_email(claims: Mapping[str, Any], settings: Settings) -> str:
    email, verified = claims.get(settings.oidc_email_claim), claims.get("email_verified")
    if not isinstance(email, str) or not EMAIL.fullmatch(email.strip()) or len(email) > 254:
        claim = settings.oidc_email_claim
        raise NotLetIn(worded("The provider did not say an e-mail address (claim %(claim)s).", claim=claim))
    vouched = verified in (True, "true") or (verified is None and settings.oidc_trust_email)
    if not vouched:
        raise NotLetIn("The provider does not vouch for your e-mail address. Verify it there, then try again.")
    # Accounts are kept in lower case. Only ASCII is folded here: "\u212a" (Kelvin) becomes "k" and "ß" may become "ss",
    # so that the owner of one address would be taken for the owner of another.
    return email.strip().lower() if email.isascii() else email.strip()


def _groups(claims: Mapping[str, Any], path: str) -> set[str]:
    found: Any = claims.get(path)
    if found is None and "." in path:  # "realm_access.roles", as Keycloak nests them
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    values: Iterable[Any] = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return {value for value in values if isinstance(value, str)}


def _roles(mapped: list[Grant], groups: set[str]) -> dict[str, Role]:
    """Return the highest role at each site."""
    held: dict[str, Role] = {}
    for grant in mapped:
        if grant.group in groups and (grant.slug not in held or grant.role.includes(held[grant.slug])):
            held[grant.slug] = grant.role
    return held


def _apply(session: Session, person: Moderator, held: Mapping[str, Role], slugs: set[str]) -> None:
    for site in session.scalars(select(Site).where(Site.slug.in_(slugs)).order_by(Site.slug)).all():
        before, role = moderators.role_at(session, site, person), held.get(site.slug)
        if role == before:
            continue
        ended = (
            moderators.remove(session, site, person)
            if role is None
            else moderators.set_role(session, site, person, role)
        )
        audit_log.record(
            session,
            "moderator.role",
            IDENTITY_PROVIDER,
            site_id=site.id,
            subject_kind="moderator",
            subject_id=person.id,
            detail={"from": before, "to": role, "sessions_ended": ended},
        )
