"""Whether an article is known only from what a form sent, which any reader can forge"""

import sqlalchemy as sa
from alembic import op

revision = "form_articles"
down_revision = "score_scope"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("is_claimed", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("article", "is_claimed")
