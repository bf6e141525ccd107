"""A site's policies: the version in force and the ones before it. A version is never changed.

A new version comes by `changes.put_in_force`, which checks and records it; `activate` only writes the row.
"""

from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache, cached
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from service.db import table
from service.errors import NotFound
from service.models import Policy
from service.moderation.policy.rules import Rules

_policy = table(Policy).c
NEWEST = (
    select(_policy.id, _policy.version)
    .where(_policy.site_id == bindparam("site_id"))
    .order_by(_policy.version.desc())
    .limit(1)
)


@dataclass(frozen=True)
class ActivePolicy:
    """The rules in force and their version; version 0 is the built-in defaults."""

    version: int
    rules: Rules


def active(session: Session, site_id: str, /) -> ActivePolicy:
    """Return the policy that judges the site's comments now."""
    newest = session.execute(NEWEST, {"site_id": site_id}).first()
    if newest is None:
        return ActivePolicy(0, Rules())
    return ActivePolicy(newest.version, _rules(session, newest.id))


def activate(session: Session, site_id: str, rules: Rules, /, *, author: str) -> ActivePolicy:
    """Write `rules` as the site's next version, in force from the commit on; the same rules again change nothing."""
    current = active(session, site_id)
    if current.version and current.rules == rules:
        return current
    highest = session.scalar(select(func.max(Policy.version)).where(Policy.site_id == site_id)) or 0
    row = Policy(site_id=site_id, version=highest + 1, rules=rules.as_record(), author=author)
    session.add(row)
    session.flush()
    return ActivePolicy(row.version, rules)


def versions(session: Session, site_id: str, /, *, limit: int) -> list[Policy]:
    """Return the site's newest versions, newest first."""
    statement = select(Policy).where(Policy.site_id == site_id).order_by(Policy.version.desc()).limit(limit)
    return list(session.scalars(statement))


def version(session: Session, site_id: str, number: int, /) -> Policy:
    """Return one version of the site's policy; raise NotFound where the site has no such version."""
    return session.get_one(Policy, _id_of(session, site_id, number))


def rules_of(session: Session, site_id: str, number: int, /) -> Rules:
    """Return the rules of one version; of version 0 the built-in defaults."""
    return _rules(session, _id_of(session, site_id, number)) if number else Rules()


def _id_of(session: Session, site_id: str, number: int) -> str:
    # Without the rules: a version's lists may be long, and `_rules` has most of them in memory.
    found = session.scalar(select(_policy.id).where(_policy.site_id == site_id, _policy.version == number))
    if found is None:
        raise NotFound("This site has no such version of its policy.")
    return str(found)


@cached(LRUCache(1_000), key=lambda _session, policy_id: policy_id, lock=Lock())
def _rules(session: Session, policy_id: str) -> Rules:
    """Return the rules of one version; the 1,000 last used stay in memory for good, because versions never change."""
    return Rules.model_validate(session.get_one(Policy, policy_id).rules)
