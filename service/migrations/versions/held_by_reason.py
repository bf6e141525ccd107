"""The worst and the most uncertain of one reason

A page of a reason in those orders read past all that waits for other reasons.
"""

import sqlalchemy as sa
from alembic import op

revision = "held_by_reason"
down_revision = "held_tally"
branch_labels = None
depends_on = None

HELD = sa.text("status = 'in_review' AND escalated_at IS NULL")
COLUMNS = {"reason_severity": "severity", "reason_uncertainty": "uncertainty"}


def upgrade() -> None:
    for name, column in COLUMNS.items():
        op.create_index(
            f"ix_comment_held_{name}",
            "comment",
            ["site_id", "reason", column, "id"],
            sqlite_where=HELD,
            postgresql_where=HELD,
        )


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_index(f"ix_comment_held_{name}", table_name="comment")
