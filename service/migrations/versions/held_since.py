"""Indexes that the review queue over time, and the age of what is held, are read from alone"""

import sqlalchemy as sa
from alembic import op

revision = "held_since"
down_revision = "claimed_authors"
branch_labels = None
depends_on = None

HOLDS = sa.text("to_status = 'held' AND source IN ('policy', 'upkeep')")
ENDS = sa.text("(from_status = 'held' OR undoes IS NOT NULL OR revision > 1)")
HELD = sa.text("status = 'held'")
WHEN = ["site_id", "created_at"]
OF_TEXT = ["comment_id", "revision"]


def upgrade() -> None:
    op.drop_index("ix_decision_holds", "decision")
    _partial("ix_decision_holds", "decision", [*WHEN, *OF_TEXT, "to_status", "source"], HOLDS)
    _partial("ix_decision_ends", "decision", [*WHEN, *OF_TEXT, "id", "undoes", "from_status"], ENDS)
    _partial("ix_comment_held_since", "comment", ["site_id", "status", "decided_at", "revision", "id"], HELD)


def downgrade() -> None:
    op.drop_index("ix_comment_held_since", "comment")
    op.drop_index("ix_decision_ends", "decision")
    op.drop_index("ix_decision_holds", "decision")
    _partial("ix_decision_holds", "decision", WHEN, HOLDS)


def _partial(name: str, table: str, columns: list[str], condition: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
