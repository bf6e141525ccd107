"""A share for every site

Sites get a weight, pending comments a turn. The index by `wake_at` stays for the earlier version, which claims by it
while both run; comments that it accepts have turn 0 and come first.

PostgreSQL is told to count the comments anew after every few thousand changes: with statistics from before a backlog it
would sort all pending comments to find the next turn.
"""

import sqlalchemy as sa
from alembic import op

revision = "shares"
down_revision = "figures"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    op.add_column("site", sa.Column("weight", sa.Float(), nullable=False, server_default="1"))
    op.add_column("comment", sa.Column("turn", sa.Float(), nullable=False, server_default="0"))
    for name, columns in (("turn", ["turn", "id"]), ("site_turn", ["site_id", "turn"])):
        op.create_index(
            f"ix_comment_pending_{name}", "comment", columns, sqlite_where=PENDING, postgresql_where=PENDING
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE comment SET (autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE comment RESET (autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)")
    for name in ("turn", "site_turn"):
        op.drop_index(f"ix_comment_pending_{name}", "comment")
    op.drop_column("comment", "turn")
    op.drop_column("site", "weight")
