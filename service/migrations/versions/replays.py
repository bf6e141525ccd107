"""Replays of a policy over past comments, a lane for their callbacks, and drafts of a policy that are kept

A revision has one first verdict still; a replay adds decisions of the policy that begin at another status. The figures
count the first ones alone: a replay says nothing about how long a comment waited or how many were received.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "replays"
down_revision = "overrides"
branch_labels = None
depends_on = None

AUTOMATIC = "source IN ('policy', 'upkeep')"
FIRST = f"{AUTOMATIC} AND from_status = 'pending'"
WORKING = sa.text("state IN ('looking', 'applying', 'undoing')")
WAITING = sa.text("state = 'waiting'")
VIEWS = ("figure_of_decision", "figure_of_wait")
# The condition as SQLite keeps it, and as PostgreSQL writes it anew; and what is added to it.
KEPT = {
    "sqlite": re.compile(r"(d\.source IN \('policy', 'upkeep'\))"),
    "postgresql": re.compile(r"(\(\(d\.source\)::text = ANY \(\(ARRAY\[[^\]]*\]\)::text\[\]\)\))"),
}
ADDED = " AND d.from_status = 'pending'"
ADDED_AS_KEPT = re.compile(r" AND \(*d\.from_status\)?(?:::text)? = 'pending'(?:::text)?\)?")


def upgrade() -> None:
    _first_verdict(FIRST)
    _rewrite(lambda statement: KEPT[op.get_bind().dialect.name].sub(rf"\1{ADDED}", statement))
    op.add_column("delivery", sa.Column("lane", sa.Integer, nullable=False, server_default="0"))
    op.create_index(
        "ix_delivery_lane",
        "delivery",
        ["endpoint_id", "lane", "next_attempt_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    _create_tables()


def downgrade() -> None:
    # One automatic decision for each text is all that the earlier schema allows, and the first one is there.
    later = f"{AUTOMATIC} AND from_status <> 'pending'"
    op.execute(f"UPDATE decision SET source = 'site', actor = 'replay' WHERE {later}")  # noqa: S608  (constants)
    op.drop_table("policy_draft")
    op.drop_table("replay_comment")
    op.drop_table("replay")
    op.drop_index("ix_delivery_lane", "delivery")
    op.drop_column("delivery", "lane")
    _rewrite(lambda statement: ADDED_AS_KEPT.sub("", statement))
    _first_verdict(AUTOMATIC)


def _first_verdict(condition: str) -> None:
    op.drop_index("uq_decision_automatic", "decision")
    where = sa.text(condition)
    op.create_index(
        "uq_decision_automatic",
        "decision",
        ["comment_id", "revision"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _rewrite(change) -> None:
    """Replace the views by what `change` makes of their statements; triggers find them by their names."""
    sqlite, connection = op.get_bind().dialect.name == "sqlite", op.get_bind()
    for view in VIEWS:
        if sqlite:
            kept = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :view"), {"view": view})
            op.execute(f"DROP VIEW {view}")
            connection.exec_driver_sql(change(kept))
        else:
            kept = connection.scalar(sa.text(f"SELECT pg_get_viewdef('{view}'::regclass)"))
            connection.exec_driver_sql(f"CREATE OR REPLACE VIEW {view} AS " + change(kept.rstrip().rstrip(";")))


def _create_tables() -> None:
    op.create_table(
        "replay",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            _one_of("replay_state", "looking", "ready", "applying", "applied", "undoing", "undone"),
            nullable=False,
        ),
        sa.Column("actor_kind", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("place_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("decided_by_people", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("act", _one_of("replay_act", "apply", "hold"), nullable=True),
        sa.Column("only_kind", sa.String(40), nullable=False),
        sa.Column("only_comments", sa.JSON(), nullable=False),
        sa.Column("picked", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("left_alone", sa.Integer(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("next_callback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_replay_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay")),
    )
    op.create_index("ix_replay_site", "replay", ["site_id", "created_at"])
    op.create_index("ix_replay_working", "replay", ["worked_at"], sqlite_where=WORKING, postgresql_where=WORKING)
    op.create_index(
        "uq_replay_working", "replay", ["site_id"], unique=True, sqlite_where=WORKING, postgresql_where=WORKING
    )
    op.create_table(
        "replay_comment",
        sa.Column("replay_id", sa.String(32), nullable=False),
        sa.Column("comment_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "from_status",
            _one_of("replay_comment_from_status", "pending", "held", "approved", "rejected"),
            nullable=False,
        ),
        sa.Column("verdict", _one_of("replay_comment_verdict", "approve", "hold", "reject"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column(
            "outcome",
            _one_of("replay_comment_outcome", "listed", "moved", "left_alone", "undone", "kept"),
            nullable=False,
        ),
        sa.Column("decision_id", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(
            ["replay_id"], ["replay.id"], name=op.f("fk_replay_comment_replay_id_replay"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_replay_comment_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_replay_comment_decision_id_decision"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("replay_id", "comment_id", name=op.f("pk_replay_comment")),
    )
    op.create_index("ix_replay_comment_kind", "replay_comment", ["replay_id", "kind", "comment_id"])
    op.create_index("ix_replay_comment_outcome", "replay_comment", ["replay_id", "outcome", "comment_id"])
    op.create_index("ix_replay_comment_comment", "replay_comment", ["comment_id"])
    op.create_index("ix_replay_comment_decision", "replay_comment", ["decision_id"])
    op.create_table(
        "policy_draft",
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("moderator_id", sa.String(32), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_policy_draft_site_id_site"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["moderator.id"],
            name=op.f("fk_policy_draft_moderator_id_moderator"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "moderator_id", name=op.f("pk_policy_draft")),
    )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
