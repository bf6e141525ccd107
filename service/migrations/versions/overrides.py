"""The section of an article, and which overrides of the policy applied to a decision"""

import sqlalchemy as sa
from alembic import op

revision = "overrides"
down_revision = "reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("section", sa.String(200), nullable=True))
    some = sa.text("section IS NOT NULL")
    op.create_index("ix_article_section", "article", ["site_id", "section"], sqlite_where=some, postgresql_where=some)
    op.add_column("decision", sa.Column("overrides", sa.JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("decision", "overrides")
    op.drop_index("ix_article_section", "article")
    op.drop_column("article", "section")
