"""Precedents of held comments, the encoder behind a comment's vector, an index of people's decisions"""

import sqlalchemy as sa
from alembic import op

revision = "precedents"
down_revision = "one_zone"
branch_labels = None
depends_on = None

PEOPLES = sa.text("source = 'moderator' AND undoes IS NULL")


def upgrade() -> None:
    op.create_table(
        "precedent",
        sa.Column("comment_id", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decided_id", sa.String(32), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_precedent_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_id"], ["comment.id"], name=op.f("fk_precedent_decided_id_comment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "place", name=op.f("pk_precedent")),
    )
    op.create_index("ix_precedent_decided_id", "precedent", ["decided_id"])
    # Of the vectors that are there nobody knows the encoder; they have none, and are nobody's precedents.
    op.add_column("assessment", sa.Column("encoder", sa.String(16), nullable=True))
    op.create_index(
        "ix_decision_peoples",
        "decision",
        ["site_id", "created_at", "id", "comment_id"],
        sqlite_where=PEOPLES,
        postgresql_where=PEOPLES,
    )


def downgrade() -> None:
    op.drop_index("ix_decision_peoples", "decision")
    op.drop_column("assessment", "encoder")
    op.drop_table("precedent")
