"""A change of a site's policy: the one way in for the API, the console and the plans that come due."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.models import Site
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.policy import policies
from service.moderation.policy.differences import as_lines, differences
from service.moderation.policy.policies import ActivePolicy
from service.moderation.policy.rules import Rules
from service.sentences import worded


@dataclass(frozen=True)
class PolicyChange:
    """The policy in force before and after; the same version where the rules were in force already."""

    before: ActivePolicy
    after: ActivePolicy

    @property
    def is_new(self) -> bool:
        return self.after.version != self.before.version


def put_in_force(
    session: Session,
    site_id: str,
    rules: Rules,
    /,
    *,
    actor: Actor,
    planned_by: str = "",
    based_on: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> PolicyChange:
    """Make `rules` the site's next version and record the differences in the audit log.

    `based_on` is the version that the caller read; raise Conflict where another one is in force. None skips the check.
    The rules in force, sent again, change nothing and are never stale. `planned_by`: who planned a version that the
    service now puts in force. `detail` is added to the entry of the audit log.
    """
    lock(session, site_id)
    before = policies.active(session, site_id)
    if before.version and before.rules == rules:
        return PolicyChange(before, before)
    refuse_stale(before, based_on)
    after = policies.activate(session, site_id, rules, author=planned_by or actor.name)
    audit_log.record(
        session,
        "policy.activate",
        actor,
        site_id=site_id,
        subject_kind="policy",
        subject_id=str(after.version),
        detail={
            "from": before.version,
            "to": after.version,
            "changes": as_lines(differences(before.rules, rules)),
            **({"planned_by": planned_by} if planned_by else {}),
            **(detail or {}),
        },
    )
    return PolicyChange(before, after)


def refuse_stale(policy: ActivePolicy, based_on: int | None, /) -> None:
    """Raise Conflict where a change is based on another version than the one in force; None is no claim."""
    if based_on is not None and based_on != policy.version:
        raise Conflict(
            worded(
                "Version %(version)s of the policy is in force, but your change is based on version %(based_on)s. "
                "Read the policy again and repeat your change on that version.",
                version=policy.version,
                based_on=based_on,
            ),
            version=policy.version,
        )


def lock(session: Session, site_id: str, /) -> None:
    """Let no other change of the site's policy begin before this transaction ends."""
    # Two at once would both read the same version. Not the strongest lock: comments of the site refer to its row and
    # must not wait.
    session.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))
