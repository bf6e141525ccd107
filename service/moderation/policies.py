"""A site's policies: the version that judges now, and how a new one is made. Versions are never changed."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Policy
from service.moderation.rules import Rules

_parsed: dict[str, Rules] = {}  # by the id of an immutable row


@dataclass(frozen=True)
class ActivePolicy:
    """The rules in force and the version they carry; version 0 stands for the built-in defaults."""

    version: int
    rules: Rules


def active(session: Session, site_id: str, /) -> ActivePolicy:
    """Return the policy that judges the site's comments now."""
    row = session.scalar(select(Policy).where(Policy.site_id == site_id).order_by(Policy.version.desc()).limit(1))
    if row is None:
        return ActivePolicy(0, Rules())
    if row.id not in _parsed:
        if len(_parsed) > 1_000:
            _parsed.clear()
        _parsed[row.id] = Rules.model_validate(row.rules)
    return ActivePolicy(row.version, _parsed[row.id])


def activate(session: Session, site_id: str, rules: Rules, /, *, author: str) -> ActivePolicy:
    """Write `rules` as the site's next version, in force from the commit on; the same rules again change nothing."""
    current = active(session, site_id)
    if current.version and current.rules == rules:
        return current
    highest = session.scalar(select(func.max(Policy.version)).where(Policy.site_id == site_id)) or 0
    row = Policy(site_id=site_id, version=highest + 1, rules=rules.model_dump(mode="json"), author=author)
    session.add(row)
    session.flush()
    return ActivePolicy(row.version, rules)
