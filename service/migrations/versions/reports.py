"""Readers' reports, their reporters' records, and what a report that weighs enough does: it holds a published comment

A new source of decisions and a new event widen two CHECK constraints. PostgreSQL makes them again; on SQLite the text of
the schema changes in place (https://www.sqlite.org/lang_altertable.html). The trigger that writes the reasons of held
comments, and the index of what was held, take the new source in.
"""

import re

import sqlalchemy as sa
from alembic import op

from service.migrations.versions import held_reasons

revision = "reports"
down_revision = "alerts"
branch_labels = None
depends_on = None

OUTCOMES = ("open", "upheld", "not_upheld", "moot")
OPEN, NAMED, ABOUT = sa.text("outcome = 'open'"), sa.text("reporter_id IS NOT NULL"), sa.text("report_id IS NOT NULL")
HELD = sa.text("status = 'held' AND escalated_at IS NULL")
SOURCES = ("'policy', 'upkeep'", "'policy', 'upkeep', 'readers'")
# Of each table, the column with a list of values, one that it has, and the one that comes after it.
VALUES = {"decision": ("source", "site", "readers"), "delivery": ("event", "endpoint.test", "report.decided")}


def upgrade() -> None:
    for table in VALUES:
        _change_values(table, has_new=True)
    op.create_table(
        "report",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("comment_id", sa.String(32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reporter", sa.String(64), nullable=False),
        sa.Column("reporter_id", sa.String(545), nullable=True),
        sa.Column("from_form", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("outcome", _outcome("report_outcome"), nullable=False),
        sa.Column("outcome_before", _outcome("report_outcome_before"), nullable=False),
        sa.Column("decision_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        _refers("report", "site_id", "site", "CASCADE"),
        _refers("report", "comment_id", "comment", "CASCADE"),
        _refers("report", "decision_id", "decision", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("comment_id", "revision", "reporter", name=op.f("uq_report_comment_id_revision_reporter")),
    )
    op.create_index("ix_report_open", "report", ["site_id", "comment_id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_report_created", "report", ["site_id", "created_at"])
    op.create_index("ix_report_settled", "report", ["site_id", "settled_at"])
    op.create_index(
        "ix_report_reporter_id", "report", ["site_id", "reporter_id"], sqlite_where=NAMED, postgresql_where=NAMED
    )
    op.create_index(op.f("ix_report_decision_id"), "report", ["decision_id"])
    op.create_table(
        "reporter",
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("upheld", sa.Integer(), nullable=False),
        sa.Column("not_upheld", sa.Integer(), nullable=False),
        _refers("reporter", "site_id", "site", "CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "mark", name=op.f("pk_reporter")),
    )
    op.execute(
        "ALTER TABLE delivery ADD COLUMN report_id VARCHAR(32)"
        " CONSTRAINT fk_delivery_report_id_report REFERENCES report (id) ON DELETE CASCADE"
    )
    op.create_index("ix_delivery_report", "delivery", ["report_id"], sqlite_where=ABOUT, postgresql_where=ABOUT)
    op.add_column("comment", sa.Column("reported", sa.Float(), nullable=False, server_default="0"))
    op.create_index(
        "ix_comment_held_reported", "comment", ["site_id", "reported", "id"], sqlite_where=HELD, postgresql_where=HELD
    )
    _follow(SOURCES[1])


def downgrade() -> None:
    """Forget the reports; what they hold waits for a moderator as before, held by upkeep."""
    op.execute("DELETE FROM delivery WHERE report_id IS NOT NULL")
    _follow(SOURCES[0])
    # One automatic decision for each text is all that the earlier schema allows, and the policy's is there.
    op.execute("UPDATE decision SET source = 'site', actor = 'readers' WHERE source = 'readers'")
    op.drop_index("ix_comment_held_reported", "comment")
    op.drop_column("comment", "reported")
    op.drop_index("ix_delivery_report", "delivery")
    _drop_reference()
    op.drop_table("reporter")
    op.drop_table("report")
    for table in VALUES:
        _change_values(table, has_new=False)


def _outcome(name: str) -> sa.Enum:
    return sa.Enum(*OUTCOMES, name=name, native_enum=False, create_constraint=True, length=40)


def _refers(table: str, column: str, to: str, gone: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=gone)


def _change_values(table: str, *, has_new: bool) -> None:
    """Put the new value of the table's CHECK constraint into its list, or take it out."""
    column, known, new = VALUES[table]
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        name, definition = connection.execute(
            sa.text(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'c' AND conrelid = CAST(:t AS regclass) AND pg_get_constraintdef(oid) LIKE :known"
            ),
            {"t": table, "known": f"%'{known}'%"},
        ).one()
        # PostgreSQL writes the list in more ways than one, so it is made anew.
        values = [value for value in re.findall(r"'([^']+)'", definition) if value != new]
        if has_new:
            values.insert(values.index(known) + 1, new)
        op.drop_constraint(op.f(name), table)
        listed = ", ".join(repr(value) for value in values)
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")
        return
    of_table = "WHERE type = 'table' AND name = :name"
    sql = connection.execute(sa.text(f"SELECT sql FROM sqlite_master {of_table}"), {"name": table}).scalar_one()  # noqa: S608
    changed = sql.replace(f"'{known}'", f"'{known}', '{new}'", 1) if has_new else sql.replace(f", '{new}'", "", 1)
    _write_schema(table, changed)


def _drop_reference() -> None:
    """Drop delivery.report_id; SQLite drops no column that refers to another table, so its reference goes first."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        sql = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'delivery'")).scalar_one()
        reference = " CONSTRAINT fk_delivery_report_id_report REFERENCES report (id) ON DELETE CASCADE"
        _write_schema("delivery", sql.replace(reference, ""))
    op.drop_column("delivery", "report_id")


def _write_schema(table: str, sql: str) -> None:
    connection = op.get_bind()
    op.execute("PRAGMA writable_schema = ON")
    changed = "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"
    connection.execute(sa.text(changed), {"sql": sql, "name": table})
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")


def _follow(sources: str) -> None:
    """Make the trigger that names why a comment is held, and the index of what was held, for these sources."""
    dialect = op.get_bind().dialect.name
    why = held_reasons.WHY[dialect].replace(SOURCES[0], sources)
    why = why.format(lane=held_reasons.LANE.format("comment"), of="AND comment.id = NEW.comment_id")
    insert = f"INSERT INTO held_reason ({held_reasons.COLUMNS}) {why};"
    does = f"DELETE FROM held_reason WHERE comment_id = NEW.comment_id; {insert}"  # noqa: S608  (constants)
    if dialect == "sqlite":
        op.execute("DROP TRIGGER held_reason_enters")
        op.execute(
            f"CREATE TRIGGER held_reason_enters AFTER INSERT ON decision WHEN NEW.to_status = 'held' BEGIN {does} END"
        )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION held_reason_follow() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {does} RETURN NULL; END $$"
        )
    op.drop_index("ix_decision_holds", "decision")
    holds = sa.text(f"to_status = 'held' AND source IN ({sources})")
    columns = ["site_id", "created_at", "comment_id", "revision", "to_status", "source"]
    op.create_index("ix_decision_holds", "decision", columns, sqlite_where=holds, postgresql_where=holds)
