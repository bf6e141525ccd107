"""Authors: what people said of them, strikes"""

import sqlalchemy as sa
from alembic import op

revision = "authors"
down_revision = "second_looks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "author",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "trusted",
                "staff",
                "blocked",
                name="author_standing",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_before", sa.Integer(), nullable=False),
        sa.Column("rejected_before", sa.Integer(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_author_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_author_site_id_external_id")),
    )
    op.create_table(
        "author_strike",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("author_external_id", sa.String(length=200), nullable=False),
        sa.Column("decision_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_author_strike_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_author_strike_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_author_strike_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "revision", name=op.f("pk_author_strike")),
    )
    op.create_index("ix_author_strike_author", "author_strike", ["site_id", "author_external_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_author_strike_author", table_name="author_strike")
    op.drop_table("author_strike")
    op.drop_table("author")
