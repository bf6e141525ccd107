"""The process's clock, for durations and display; what must agree between processes uses `db.database_now()` instead.

Leases, schedules and ages compare times written by several machines: only the database's clock is common to them.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime | None) -> str | None:
    """Return `moment` as RFC 3339 in UTC with milliseconds, or None for None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
