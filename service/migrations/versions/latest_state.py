"""A comment keeps when its CMS last changed it, and replies that came before their parent are found by index"""

import sqlalchemy as sa
from alembic import op

revision = "latest_state"
down_revision = "undoes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comment", sa.Column("source_state_at", sa.DateTime(timezone=True), nullable=True))
    condition = sa.text("parent_id IS NULL AND parent_external_id IS NOT NULL")
    op.create_index(
        "ix_comment_parentless",
        "comment",
        ["site_id", "parent_external_id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_comment_parentless", "comment")
    op.drop_column("comment", "source_state_at")
