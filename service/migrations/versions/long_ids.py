"""Room for ids of 512 characters

PostgreSQL only notes the new length, without rewriting a table; it rebuilds one index, which has held comments alone.
SQLite never held a text to its length.
"""

import sqlalchemy as sa
from alembic import op

revision = "long_ids"
down_revision = "held"
branch_labels = None
depends_on = None

IDS = (
    ("article", "external_id"),
    ("author", "external_id"),
    ("author_strike", "author_external_id"),
    ("comment", "external_id"),
    ("comment", "parent_external_id"),
    ("comment", "author_external_id"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in IDS:
        op.alter_column(table, column, type_=sa.String(512))
    op.alter_column("idempotent_answer", "location", type_=sa.String(2000))
    op.alter_column("saved_view", "query", type_=sa.Text())


def downgrade() -> None:
    pass  # the version before reads longer ids as well, and cutting them would make others of them
