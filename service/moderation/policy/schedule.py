"""Planned policies: upkeep calls `activate_due`, and each plan is activated once, also when two processes call it."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import ScheduledPolicy
from service.moderation import audit_log
from service.moderation.actors import SERVICE, Actor
from service.moderation.policy import changes, policies
from service.moderation.policy.differences import as_lines, differences
from service.moderation.policy.rules import Rules


def plan(
    session: Session,
    site_id: str,
    rules: Rules,
    /,
    *,
    at: datetime,
    actor: Actor,
    based_on: int | None = None,
) -> ScheduledPolicy:
    """Have `rules` become the site's policy at `at`; raise Conflict as `changes.put_in_force` does."""
    current = policies.active(session, site_id)
    changes.refuse_stale(current, based_on)
    row = ScheduledPolicy(site_id=site_id, rules=rules.as_record(), activates_at=at, author=actor.name)
    session.add(row)
    session.flush()
    audit_log.record(
        session,
        "policy.schedule",
        actor,
        site_id=site_id,
        subject_kind="policy",
        subject_id=row.id,
        detail={
            "from": current.version,
            "activates_at": at.isoformat(),
            "changes": as_lines(differences(current.rules, rules)),
        },
    )
    return row


def planned(session: Session, site_id: str, /) -> list[ScheduledPolicy]:
    """Return the site's open plans, soonest first."""
    statement = select(ScheduledPolicy).where(ScheduledPolicy.site_id == site_id, *_is_open())
    return list(session.scalars(statement.order_by(ScheduledPolicy.activates_at)))


def cancel(session: Session, site_id: str, schedule_id: str, /) -> bool:
    """Cancel a plan; return False where it is not the site's, is in force already or was cancelled before."""
    return _close(session, schedule_id, ScheduledPolicy.site_id == site_id, cancelled_at=database_now())


def activate_due(session: Session, /) -> int:
    """Put every policy in force whose time has come, in the order of their times; return how many."""
    due = session.scalars(
        select(ScheduledPolicy)
        .where(ScheduledPolicy.activates_at <= database_now(), *_is_open())
        .order_by(ScheduledPolicy.activates_at)
    ).all()
    activated = 0
    for row in due:
        if not _close(session, row.id, ScheduledPolicy.id == row.id, activated_at=database_now()):
            continue
        changes.put_in_force(
            session,
            row.site_id,
            Rules.model_validate(row.rules),
            actor=SERVICE,
            planned_by=row.author,
        )
        activated += 1
    return activated


def _close(session: Session, schedule_id: str, condition: ColumnElement[bool], **values: object) -> bool:
    closed = session.scalars(
        update(ScheduledPolicy)
        .where(ScheduledPolicy.id == schedule_id, condition, *_is_open())
        .values(**values)
        .returning(ScheduledPolicy.id)
        .execution_options(synchronize_session=False)
    )
    return bool(closed.all())


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return ScheduledPolicy.activated_at.is_(None), ScheduledPolicy.cancelled_at.is_(None)
