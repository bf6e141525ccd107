"""The audit chain, shadow and scheduled policies"""

import sqlalchemy as sa
from alembic import op

revision = "audit"
down_revision = "spine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=True),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_site_number", ["site_id", "number"], unique=False)
        batch_op.create_index("ix_audit_entry_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "scheduled_policy",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("activates_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_scheduled_policy_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_policy")),
    )
    with op.batch_alter_table("scheduled_policy", schema=None) as batch_op:
        batch_op.create_index("ix_scheduled_policy_site", ["site_id", "activates_at"], unique=False)

    op.create_table(
        "shadow_policy",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_shadow_policy_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_policy")),
    )
    with op.batch_alter_table("shadow_policy", schema=None) as batch_op:
        batch_op.create_index(
            "uq_shadow_policy_running",
            ["site_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "shadow_judgement",
        sa.Column("shadow_id", sa.String(length=32), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "approve",
                "review",
                "reject",
                name="shadow_judgement_verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "active_verdict",
            sa.Enum(
                "approve",
                "review",
                "reject",
                name="shadow_judgement_active_verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_shadow_judgement_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["shadow_id"],
            ["shadow_policy.id"],
            name=op.f("fk_shadow_judgement_shadow_id_shadow_policy"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shadow_id", "comment_id", "revision", name=op.f("pk_shadow_judgement")),
    )
    with op.batch_alter_table("shadow_judgement", schema=None) as batch_op:
        batch_op.create_index("ix_shadow_judgement_comment", ["comment_id"], unique=False)

    op.execute(sa.text("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, :zero)").bindparams(zero="0" * 64))


def downgrade() -> None:
    with op.batch_alter_table("shadow_judgement", schema=None) as batch_op:
        batch_op.drop_index("ix_shadow_judgement_comment")

    op.drop_table("shadow_judgement")
    with op.batch_alter_table("shadow_policy", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_shadow_policy_running",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("shadow_policy")
    with op.batch_alter_table("scheduled_policy", schema=None) as batch_op:
        batch_op.drop_index("ix_scheduled_policy_site")

    op.drop_table("scheduled_policy")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")
        batch_op.drop_index("ix_audit_entry_site_number")

    op.drop_table("audit_entry")
