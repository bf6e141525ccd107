"""Which workers are alive: the one definition for pages, figures, metrics, health checks and doctor."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import WorkerBeat

ALIVE_SECONDS = 30  # a worker writes a beat every few seconds; a busy machine may delay several


def is_alive() -> ColumnElement[bool]:
    """Return the condition that a worker's last beat is at most `ALIVE_SECONDS` old by the database's clock."""
    return WorkerBeat.seen_at > database_now(-ALIVE_SECONDS)


def alive_by_role(session: Session, /) -> dict[str, int]:
    """Return the number of live workers of each role; a role without one is absent."""
    rows = session.execute(select(WorkerBeat.role, func.count()).where(is_alive()).group_by(WorkerBeat.role))
    return dict(rows.all())


def is_alive_on(session: Session, host: str, role: str, /) -> bool:
    """Whether a worker of this role is alive on this machine."""
    found = select(WorkerBeat.id).where(WorkerBeat.role == role, WorkerBeat.host == host, is_alive())
    return session.scalar(found.limit(1)) is not None


def has_fallen_silent(session: Session, host: str, pid: int, /) -> bool:
    """Whether that process has beaten before and does no longer; one that has not begun yet has not."""
    seen = select(func.max(WorkerBeat.seen_at)).where(WorkerBeat.host == host, WorkerBeat.pid == pid)
    return bool(session.scalar(select(seen.scalar_subquery() < database_now(-2 * ALIVE_SECONDS))))
