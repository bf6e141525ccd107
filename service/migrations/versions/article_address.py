"""Articles are found by their web address

PostgreSQL's index takes entries of 2,704 bytes at most, and an address may have 2,000 characters of any script: so the
first 300 characters.
"""

import sqlalchemy as sa
from alembic import op

revision = "article_address"
down_revision = "shares"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_article_address", "article", ["site_id", sa.text("substr(url, 1, 300)")])


def downgrade() -> None:
    op.drop_index("ix_article_address", "article")
