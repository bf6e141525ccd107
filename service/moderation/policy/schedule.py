"""Policies that wait for their time; upkeep calls `activate_due`, and each is activated once, whoever calls."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import ScheduledPolicy
from service.moderation import audit_log
from service.moderation.audit_log import SERVICE
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules


def plan(session: Session, site_id: str, rules: Rules, /, *, at: datetime, author: str) -> ScheduledPolicy:
    """Have `rules` become the site's policy at `at`."""
    row = ScheduledPolicy(site_id=site_id, rules=rules.model_dump(mode="json"), activates_at=at, author=author)
    session.add(row)
    session.flush()
    return row


def waiting(session: Session, site_id: str, /) -> list[ScheduledPolicy]:
    """Return what is planned for the site, soonest first."""
    statement = select(ScheduledPolicy).where(ScheduledPolicy.site_id == site_id, *_is_open())
    return list(session.scalars(statement.order_by(ScheduledPolicy.activates_at)))


def cancel(session: Session, site_id: str, schedule_id: str, /) -> bool:
    """Call one off; False where it is not the site's, in force already or called off before."""
    return _close(session, schedule_id, ScheduledPolicy.site_id == site_id, cancelled_at=database_now())


def activate_due(session: Session, /) -> int:
    """Put in force every policy whose time has come, in the order of their times; return how many."""
    due = session.scalars(
        select(ScheduledPolicy)
        .where(ScheduledPolicy.activates_at <= database_now(), *_is_open())
        .order_by(ScheduledPolicy.activates_at)
    ).all()
    activated = 0
    for row in due:
        if not _close(session, row.id, ScheduledPolicy.id == row.id, activated_at=database_now()):
            continue
        policy = policies.activate(session, row.site_id, Rules.model_validate(row.rules), author=row.author)
        audit_log.record(
            session,
            "policy.activate_scheduled",
            SERVICE,
            site_id=row.site_id,
            subject_kind="policy",
            subject_id=str(policy.version),
            detail={"planned_by": row.author},
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
