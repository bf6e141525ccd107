"""Scores that moderators suggest through the Perspective endpoint; what a key says about that endpoint"""

import sqlalchemy as sa
from alembic import op

revision = "perspective"
down_revision = "signed_audit"
branch_labels = None
depends_on = None

ATTRIBUTES = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
    "off_topic",
)


def upgrade() -> None:
    op.add_column("api_key", sa.Column("perspective", sa.JSON(), nullable=True))
    op.create_table(
        "suggested_score",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=600), nullable=False),
        sa.Column(
            "attribute",
            sa.Enum(*ATTRIBUTES, name="suggested_attribute", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("classifier", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("key_name", sa.String(length=100), nullable=False),
        sa.Column("comment_text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_suggested_score_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggested_score")),
        sa.UniqueConstraint(
            "site_id", "subject", "attribute", name=op.f("uq_suggested_score_site_id_subject_attribute")
        ),
    )
    kept = sa.text("comment_text IS NOT NULL")
    op.create_index(
        "ix_suggested_score_text",
        "suggested_score",
        ["site_id", "created_at"],
        sqlite_where=kept,
        postgresql_where=kept,
    )


def downgrade() -> None:
    op.drop_table("suggested_score")
    op.drop_column("api_key", "perspective")
