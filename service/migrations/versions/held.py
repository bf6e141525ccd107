"""One word for one thing: status `held`, verdict `hold`, and a moderator's reservation

Neither database can rename the value of a CHECK constraint. PostgreSQL drops and adds it; on SQLite the text of the
schema changes in place (https://www.sqlite.org/lang_altertable.html, the procedure for CHECK constraints), because a
copy of `comment` would fire its cascades. Indexes and triggers that name a value are dropped first and made again.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "held"
down_revision = "parents_words"
branch_labels = None
depends_on = None

STATUS, VERDICT = ("in_review", "held"), ("review", "hold")
COLUMNS = {
    "comment": {"status": STATUS, "verdict": VERDICT},
    "decision": {"from_status": STATUS, "to_status": STATUS, "verdict": VERDICT},
    "review_action": {"verdict": VERDICT},
    "second_look": {"first_verdict": VERDICT, "second_verdict": VERDICT},
    "shadow_judgement": {"verdict": VERDICT, "active_verdict": VERDICT},
}
RULES = (
    ('"review_at"', '"hold_at"'),
    ('"repeats": "review"', '"repeats": "hold"'),
    ('"blocked_authors": "review"', '"blocked_authors": "hold"'),
)
REASONS = (('"verdict": "review"', '"verdict": "hold"'), (" review from ", " hold from "))
DOCUMENTS = {
    ("policy", "rules"): RULES,
    ("shadow_policy", "rules"): RULES,
    ("scheduled_policy", "rules"): RULES,
    ("decision", "reasons"): REASONS,
    ("shadow_judgement", "reasons"): REASONS,
}


def upgrade() -> None:
    _rename(forwards=True)
    _replace_table("review_claim", "reservation")


def downgrade() -> None:
    _rename(forwards=False)
    _replace_table("reservation", "review_claim")


def _rename(*, forwards: bool) -> None:
    def turned(pair: tuple[str, str]) -> tuple[str, str]:
        return pair if forwards else (pair[1], pair[0])

    def reworded(statement: str) -> str:
        for old, new in map(turned, (STATUS, VERDICT)):
            statement = re.sub(f"'{old}'", f"'{new}'", statement)
        return statement

    connection = op.get_bind()
    remake = _drop_on_sqlite if connection.dialect.name == "sqlite" else _drop_on_postgresql
    statements = remake(turned(STATUS)[0], reworded)
    for table, columns in COLUMNS.items():
        for column, pair in columns.items():
            old, new = turned(pair)
            name = sa.column(column, sa.String)
            connection.execute(sa.update(sa.table(table, name)).where(name == old).values({column: new}))
    cast = "" if connection.dialect.name == "sqlite" else "::text"
    back = "" if connection.dialect.name == "sqlite" else "::json"
    for (table, column), pairs in DOCUMENTS.items():
        for old, new in map(turned, pairs):
            connection.execute(
                sa.text(
                    f"UPDATE {table} SET {column} = replace({column}{cast}, :old, :new){back}"  # noqa: S608  (constants)
                    f" WHERE {column}{cast} LIKE :wanted"
                ),
                {"old": old, "new": new, "wanted": f"%{old}%"},
            )
    for statement in statements:
        op.execute(sa.text(statement.replace(":", r"\:")))


def _drop_on_sqlite(status: str, reworded):
    """Drop what names the status, reword the constraints, and return the statements that make the rest again."""
    connection = op.get_bind()
    named = connection.execute(
        sa.text("SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql LIKE :status"),
        {"status": f"%'{status}'%"},
    ).all()
    for kind, name, _ in named:
        op.execute(f"DROP {kind} {name}")
    op.execute("PRAGMA writable_schema = ON")
    for table in COLUMNS:
        (sql,) = connection.execute(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": table}
        ).one()
        connection.execute(
            sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
            {"sql": reworded(sql), "name": table},
        )
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
    return [reworded(sql) for _, _, sql in named]


def _drop_on_postgresql(status: str, reworded):
    """Drop what names the values, and return the statements that make it again in the new words."""
    connection, again = op.get_bind(), []

    def ask(question: str, **values: str):
        return connection.execute(sa.text(question), values).all()

    wanted = f"%'{status}'%"
    for name, definition in ask(
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = 'comment'::regclass AND NOT tgisinternal AND pg_get_triggerdef(oid) LIKE :wanted",
        wanted=wanted,
    ):
        op.execute(f"DROP TRIGGER {name} ON comment")
        again.append(definition)
    for (definition,) in ask(
        "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = current_schema() AND p.proname = 'held_tally_follow'"
    ):
        again.insert(0, definition)
    for table in COLUMNS:
        for name, definition in ask(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:t AS regclass)",
            t=table,
        ):
            if reworded(definition) != definition:
                op.drop_constraint(name, table)
                again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for name, definition in ask(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexdef LIKE :wanted",
        wanted=wanted,
    ):
        op.execute(f"DROP INDEX {name}")
        again.append(definition)
    return [reworded(statement) for statement in again]


def _replace_table(old: str, new: str) -> None:
    """A reservation lasts minutes: what is in the table is not worth moving."""
    op.drop_table(old)
    op.create_table(
        new,
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("moderator_id", sa.String(length=32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f(f"fk_{new}_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f(f"fk_{new}_moderator_id_moderator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f(f"pk_{new}")),
    )
    op.create_index(op.f(f"ix_{new}_moderator_id"), new, ["moderator_id"], unique=False)
