"""One time zone for each site: where only alerts had one, the policy takes it over, as a version of its own"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "one_zone"
down_revision = "replays"
branch_labels = None
depends_on = None

AUTHOR = "upgrade"  # nobody activated it: the same rules, with the zone that the site had chosen for its alerts

alerts = sa.table("site_alerts", sa.column("site_id", sa.String), sa.column("zone", sa.String))
policy = sa.table(
    "policy",
    sa.column("id", sa.String),
    sa.column("site_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("rules", sa.JSON),
    sa.column("author", sa.String),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
planned = sa.table(
    "scheduled_policy",
    sa.column("id", sa.String),
    sa.column("site_id", sa.String),
    sa.column("rules", sa.JSON),
    sa.column("activated_at", sa.DateTime(timezone=True)),
    sa.column("cancelled_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    database = op.get_bind()
    chosen = sa.select(alerts.c.site_id, alerts.c.zone).where(alerts.c.zone != "UTC")
    for site_id, zone in database.execute(chosen).all():
        if _is_known(zone):  # alerts read any other as UTC, and no policy can be read that has one
            _take_over(database, site_id, zone)


def _take_over(database: sa.Connection, site_id: str, zone: str) -> None:
    found = database.execute(
        sa.select(policy.c.version, policy.c.rules)
        .where(policy.c.site_id == site_id)
        .order_by(policy.c.version.desc())
        .limit(1)
    ).first()
    version, rules = (found.version, found.rules) if found else (0, {"name": "Default"})
    if _keeps_its_own(rules):
        return
    database.execute(
        policy.insert().values(
            id=uuid4().hex,
            site_id=site_id,
            version=version + 1,
            rules={**rules, "time_zone": zone},
            author=AUTHOR,
            created_at=datetime.now(UTC),
        )
    )
    waiting = sa.select(planned.c.id, planned.c.rules).where(
        planned.c.site_id == site_id, planned.c.activated_at.is_(None), planned.c.cancelled_at.is_(None)
    )
    for row in database.execute(waiting).all():
        if not _keeps_its_own(row.rules):
            database.execute(
                planned.update().where(planned.c.id == row.id).values(rules={**row.rules, "time_zone": zone})
            )


def _keeps_its_own(rules: dict[str, Any]) -> bool:
    # A policy without a zone counts in UTC: where it has hours, another zone would move them.
    has_hours = any((one.get("when") or {}).get("hours") for one in rules.get("overrides", ()))
    return "time_zone" in rules or has_hours


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def downgrade() -> None:
    pass  # the zone of the alerts is where it was
