"""Legal notices, and callbacks about them"""

import re

import sqlalchemy as sa
from alembic import op

revision = "legal_notices"
down_revision = "form_articles"
branch_labels = None
depends_on = None

EVENTS = ("legal_notice.received", "legal_notice.decided")
LISTED = re.compile(r"event IN \(([^)]*)\)")


def upgrade() -> None:
    op.create_table(
        "legal_notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hate",
                "threat",
                "defamation",
                "privacy",
                "copyright",
                "fraud",
                "terrorism",
                "child_abuse",
                "other",
                name="legal_notice_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "taken_down",
                "left_published",
                name="legal_notice_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("moderator_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("redress", sa.Text(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "terms",
                "illegal",
                name="legal_notice_ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("decision_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_legal_notice_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_legal_notice_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_legal_notice_moderator_id_moderator")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_legal_notice_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_notice")),
    )
    op.create_index(op.f("ix_legal_notice_comment_id"), "legal_notice", ["comment_id"])
    op.create_index("ix_legal_notice_site_state", "legal_notice", ["site_id", "state", "created_at"])
    op.create_index("ix_legal_notice_site_decided", "legal_notice", ["site_id", "decided_at"])
    op.execute(
        "ALTER TABLE delivery ADD COLUMN legal_notice_id VARCHAR(32)"
        " CONSTRAINT fk_delivery_legal_notice_id_legal_notice REFERENCES legal_notice (id) ON DELETE CASCADE"
    )
    condition = sa.text("legal_notice_id IS NOT NULL")
    op.create_index(
        "ix_delivery_legal_notice",
        "delivery",
        ["legal_notice_id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    _list_events(lambda events: [*events, *(event for event in EVENTS if event not in events)])


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE legal_notice_id IS NOT NULL")
    _list_events(lambda events: [event for event in events if event not in EVENTS])
    op.drop_index("ix_delivery_legal_notice", "delivery")
    op.drop_column("delivery", "legal_notice_id")
    op.drop_table("legal_notice")


def _list_events(changed) -> None:
    """Change the list of events that a delivery may be about, in place: nothing is copied."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # https://www.sqlite.org/lang_altertable.html allows it for a CHECK.
        sql = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'delivery'")).scalar_one()
        op.execute("PRAGMA writable_schema = ON")
        connection.execute(
            sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'delivery'"),
            {"sql": LISTED.sub(lambda found: _listed(changed(re.findall(r"'([^']+)'", found[1]))), sql)},
        )
        version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
        op.execute(f"PRAGMA schema_version = {version + 1}")
        op.execute("PRAGMA writable_schema = RESET")
        return
    name, definition = connection.execute(
        sa.text(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
            " AND conrelid = 'delivery'::regclass AND pg_get_constraintdef(oid) LIKE '%endpoint.test%'"
        )
    ).one()
    events = changed(re.findall(r"'([^']+)'", definition))
    op.drop_constraint(op.f(name), "delivery")
    op.execute(f"ALTER TABLE delivery ADD CONSTRAINT {name} CHECK ({_listed(events)})")


def _listed(events: list[str]) -> str:
    return f"event IN ({', '.join(repr(event) for event in events)})"
