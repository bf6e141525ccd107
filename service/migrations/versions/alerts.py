"""Alerts: each site's thresholds and chat, conditions that last, and the messages about them; invitations"""

import sqlalchemy as sa
from alembic import op

revision = "alerts"
down_revision = "legal_notices"
branch_labels = None
depends_on = None

KINDS = "'queue_old', 'queue_long', 'scoring_down', 'callbacks_failing', 'legal_notice', 'morning_summary'"


def upgrade() -> None:
    op.create_table(
        "site_alerts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("held_minutes", sa.Integer(), nullable=False),
        sa.Column("held_count", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("quiet_from", sa.String(5), nullable=False),
        sa.Column("quiet_until", sa.String(5), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_alerts_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_alerts")),
        sa.UniqueConstraint("site_id", name=op.f("uq_site_alerts_site_id")),
    )
    op.create_table(
        "alert_episode",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_amount", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_alert_episode_alert_episode_kind")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_alert_episode_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_episode")),
    )
    op.create_table(
        "alert_message",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("occasion", sa.String(200), nullable=False),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=True),
        sa.Column("episode_key", sa.String(80), nullable=False),
        sa.Column("episode_number", sa.Integer(), nullable=False),
        sa.Column("about_site_id", sa.String(32), nullable=True),
        sa.Column("moderator_id", sa.String(32), nullable=True),
        sa.Column("chat_site_id", sa.String(32), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_token", sa.String(32), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "phase IN ('begins', 'lasts', 'over', 'summary', 'test')", name=op.f("ck_alert_message_alert_message_phase")
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_alert_message_alert_message_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'dropped')", name=op.f("ck_alert_message_alert_message_state")
        ),
        sa.ForeignKeyConstraint(
            ["about_site_id"], ["site.id"], name=op.f("fk_alert_message_about_site_id_site"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chat_site_id"], ["site.id"], name=op.f("fk_alert_message_chat_site_id_site"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_alert_message_moderator_id_moderator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_message")),
        sa.UniqueConstraint("occasion", name=op.f("uq_alert_message_occasion")),
    )
    op.create_index("ix_alert_message_due", "alert_message", ["state", "next_attempt_at"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("invited_by", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'moderator', 'lead', 'admin')", name=op.f("ck_invitation_invitation_role")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_invitation_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_invitation_secret_sha256")),
        sa.UniqueConstraint("site_id", "email", name=op.f("uq_invitation_site_id_email")),
    )


def downgrade() -> None:
    for table in ("invitation", "alert_message", "alert_episode", "site_alerts"):
        op.drop_table(table)
