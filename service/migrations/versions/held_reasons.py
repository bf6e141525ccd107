"""Every reason of a held comment in a table of its own

A filter of the review queue looked at the worst reason alone. The database writes the rows itself, in the transaction
of the decision, so that comments which the earlier version holds meanwhile have theirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "held_reasons"
down_revision = "readers"
branch_labels = None
depends_on = None

HELD = sa.text("status = 'held' AND escalated_at IS NULL")
ORDERS = {"oldest": "received_at", "severity": "severity", "uncertainty": "uncertainty", "score": "score"}
FORMER = {
    "reason": ("reason", "received_at"),
    "reason_severity": ("reason", "severity"),
    "reason_uncertainty": ("reason", "uncertainty"),
    "attribute": ("attribute", "score"),
}
COLUMNS = "comment_id, name, site_id, escalated, score, received_at, severity, uncertainty"
TALLIED = "site_id, escalated, name, held"
LANE = "CASE WHEN {0}.escalated_at IS NULL THEN 0 ELSE 1 END"
# What a reason is called: by its code, and by the attribute that it scored. A note on an approval holds nothing.
WHY = {
    "sqlite": """SELECT comment.id, json_extract(why.value, called.field), comment.site_id, {lane},
        max(json_extract(why.value, '$.score')), comment.received_at, comment.severity, comment.uncertainty
    FROM comment JOIN decision ON decision.comment_id = comment.id AND decision.revision = comment.revision
        AND decision.source IN ('policy', 'upkeep')
    JOIN json_each(decision.reasons) AS why
    JOIN (SELECT '$.code' AS field UNION ALL SELECT '$.attribute') AS called
    WHERE comment.status = 'held' AND coalesce(json_extract(why.value, '$.verdict'), '') <> 'approve'
        AND json_extract(why.value, called.field) IS NOT NULL {of}
    GROUP BY 1, 2""",
    "postgresql": """SELECT comment.id, why ->> called.field, comment.site_id, {lane},
        max((why ->> 'score')::float), comment.received_at, comment.severity, comment.uncertainty
    FROM comment JOIN decision ON decision.comment_id = comment.id AND decision.revision = comment.revision
        AND decision.source IN ('policy', 'upkeep')
    CROSS JOIN json_array_elements(decision.reasons) AS why
    CROSS JOIN (VALUES ('code'), ('attribute')) AS called (field)
    WHERE comment.status = 'held' AND coalesce(why ->> 'verdict', '') <> 'approve' AND why ->> called.field IS NOT NULL {of}
    GROUP BY comment.id, 2""",
}
LEAVES = "OLD.status = 'held' AND NEW.status <> 'held'"
MOVES = "NEW.status = 'held' AND (OLD.escalated_at IS NULL) <> (NEW.escalated_at IS NULL)"
TRIGGERS = {
    "held_reason_enters": "decision",
    "held_reason_leaves": "comment",
    "held_reason_moves": "comment",
    "held_reason_tally_arrives": "held_reason",
    "held_reason_tally_moves": "held_reason",
    "held_reason_tally_goes": "held_reason",
}


def upgrade() -> None:
    op.create_table(
        "held_reason",
        sa.Column("comment_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("severity", sa.Float(), nullable=False),
        sa.Column("uncertainty", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_held_reason_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_held_reason_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("comment_id", "name", name=op.f("pk_held_reason")),
    )
    for name, column in ORDERS.items():
        op.create_index(f"ix_held_reason_{name}", "held_reason", ["site_id", "escalated", "name", column, "comment_id"])
    on = op.get_bind().dialect.name
    (_keep_on_sqlite if on == "sqlite" else _keep_on_postgresql)()
    op.execute(f"INSERT INTO held_reason ({COLUMNS}) {_why(on, of='')}")  # counted by the triggers
    for name in FORMER:
        op.drop_index(f"ix_comment_held_{name}", table_name="comment")
    _index("score", "score")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION held_reason_follow, held_reason_leave, held_reason_move, held_reason_count")
    op.drop_table("held_reason")
    op.execute("DROP TABLE held_reason_tally")
    op.drop_index("ix_comment_held_score", table_name="comment")
    for name, columns in FORMER.items():
        _index(name, *columns)


def _index(name: str, *columns: str) -> None:
    keys = ["site_id", *columns, "id"]
    op.create_index(f"ix_comment_held_{name}", "comment", keys, sqlite_where=HELD, postgresql_where=HELD)


def _why(dialect: str, *, of: str) -> str:
    return WHY[dialect].format(lane=LANE.format("comment"), of=of)


# A decision to hold writes them: the policy's, upkeep's, or the undoing of a moderator's. The comment has its status
# and its place in the queue by then.
_ENTER = "DELETE FROM held_reason WHERE comment_id = NEW.comment_id"
_OF_NEW = "AND comment.id = NEW.comment_id"
_LEAVE = "DELETE FROM held_reason WHERE comment_id = NEW.id;"
_MOVE = f"UPDATE held_reason SET escalated = {LANE.format('NEW')} WHERE comment_id = NEW.id;"  # noqa: S608  (constants)


def _keep_on_sqlite() -> None:
    op.execute(
        "CREATE TABLE held_reason_tally (site_id VARCHAR(32) NOT NULL, escalated INTEGER NOT NULL,"
        " name VARCHAR(40) NOT NULL, held INTEGER NOT NULL, PRIMARY KEY (site_id, escalated, name)) WITHOUT ROWID"
    )

    def add(row: str, change: int) -> str:
        return (
            f"INSERT INTO held_reason_tally ({TALLIED})"  # noqa: S608  (constants)
            f" VALUES ({row}.site_id, {row}.escalated, {row}.name, {change})"
            f" ON CONFLICT (site_id, escalated, name) DO UPDATE SET held = held + ({change});"
        )

    enter = f"{_ENTER}; INSERT INTO held_reason ({COLUMNS}) {_why('sqlite', of=_OF_NEW)};"
    for name, does in {
        "held_reason_enters": f"AFTER INSERT ON decision WHEN NEW.to_status = 'held' BEGIN {enter} END",
        "held_reason_leaves": f"AFTER UPDATE OF status ON comment WHEN {LEAVES} BEGIN {_LEAVE} END",
        "held_reason_moves": f"AFTER UPDATE OF escalated_at ON comment WHEN {MOVES} BEGIN {_MOVE} END",
        "held_reason_tally_arrives": f"AFTER INSERT ON held_reason BEGIN {add('NEW', 1)} END",
        "held_reason_tally_moves": "AFTER UPDATE OF escalated ON held_reason WHEN OLD.escalated <> NEW.escalated"
        f" BEGIN {add('OLD', -1)} {add('NEW', 1)} END",
        "held_reason_tally_goes": f"AFTER DELETE ON held_reason BEGIN {add('OLD', -1)} END",
    }.items():
        op.execute(f"CREATE TRIGGER {name} {does}")


def _keep_on_postgresql() -> None:
    # As with `held_tally`, each change adds a row, so that nobody waits for another; upkeep folds them into one.
    op.execute(
        "CREATE TABLE held_reason_tally (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " site_id VARCHAR(32) NOT NULL, escalated INTEGER NOT NULL, name VARCHAR(40) NOT NULL, held INTEGER NOT NULL)"
    )
    op.execute("CREATE INDEX ix_held_reason_tally_site ON held_reason_tally (site_id, escalated, name) INCLUDE (held)")

    def add(row: str, change: int) -> str:
        return (
            f"INSERT INTO held_reason_tally ({TALLIED})"  # noqa: S608  (constants)
            f" VALUES ({row}.site_id, {row}.escalated, {row}.name, {change});"
        )

    for name, does in {
        "follow": f"{_ENTER}; INSERT INTO held_reason ({COLUMNS}) {_why('postgresql', of=_OF_NEW)};",
        "leave": _LEAVE,
        "move": _MOVE,
        "count": f"IF TG_OP <> 'INSERT' THEN {add('OLD', -1)} END IF; IF TG_OP <> 'DELETE' THEN {add('NEW', 1)} END IF;",
    }.items():
        op.execute(
            f"CREATE FUNCTION held_reason_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {does} RETURN NULL; END $$"
        )
    for name, when in {
        "held_reason_enters": "AFTER INSERT ON decision FOR EACH ROW WHEN (NEW.to_status = 'held')"
        " EXECUTE FUNCTION held_reason_follow()",
        "held_reason_leaves": f"AFTER UPDATE OF status ON comment FOR EACH ROW WHEN ({LEAVES})"
        " EXECUTE FUNCTION held_reason_leave()",
        "held_reason_moves": f"AFTER UPDATE OF escalated_at ON comment FOR EACH ROW WHEN ({MOVES})"
        " EXECUTE FUNCTION held_reason_move()",
        "held_reason_tally_arrives": "AFTER INSERT ON held_reason FOR EACH ROW EXECUTE FUNCTION held_reason_count()",
        "held_reason_tally_moves": "AFTER UPDATE OF escalated ON held_reason FOR EACH ROW"
        " WHEN (OLD.escalated <> NEW.escalated) EXECUTE FUNCTION held_reason_count()",
        "held_reason_tally_goes": "AFTER DELETE ON held_reason FOR EACH ROW EXECUTE FUNCTION held_reason_count()",
    }.items():
        op.execute(f"CREATE TRIGGER {name} {when}")
