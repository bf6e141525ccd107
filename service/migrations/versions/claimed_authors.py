"""Comments of which nobody vouches for the author

A key that may only submit is in every reader's hands: whoever has it can name any author. Such comments were believed
before; those that are stored keep that.
"""

import sqlalchemy as sa
from alembic import op

revision = "claimed_authors"
down_revision = "article_address"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comment", sa.Column("author_is_claimed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("comment", "author_is_claimed")
