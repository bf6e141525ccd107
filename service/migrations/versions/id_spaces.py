"""A source has ids of its own, with room for them in the columns of ids

Sources that exist keep sharing the API's ids, because nothing stored says which comments are theirs. PostgreSQL only
notes the new length; SQLite never held a text to its length.
"""

import sqlalchemy as sa
from alembic import op

revision = "id_spaces"
down_revision = "imports"
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
    for name in ("id_space", "author_space"):
        op.add_column("webhook_source", sa.Column(name, sa.String(32), nullable=False, server_default=""))
    op.add_column("webhook_source", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    _make_room(545)


def downgrade() -> None:
    _make_room(512)  # fails where a source's id needs the room: then restore the backup
    for name in ("removed_at", "author_space", "id_space"):
        op.drop_column("webhook_source", name)


def _make_room(length: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in IDS:
        op.alter_column(table, column, type_=sa.String(length))
