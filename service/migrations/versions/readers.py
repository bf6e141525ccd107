"""An index of published comments for the pages that readers see, and the counts of hints"""

import sqlalchemy as sa
from alembic import op

revision = "readers"
down_revision = "id_spaces"
branch_labels = None
depends_on = None

PUBLISHED = sa.text("status = 'approved' AND erased_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_comment_published",
        "comment",
        ["article_id", "received_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_table(
        "hint_count",
        sa.Column("site_id", sa.String(32), sa.ForeignKey("site.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        *(
            sa.Column(name, sa.Integer, nullable=False, server_default="0")
            for name in ("shown", "edited", "sent_anyway")
        ),
    )


def downgrade() -> None:
    op.drop_table("hint_count")
    op.drop_index("ix_comment_published", "comment")
