"""An undo names the decision that it undoes; a second look at a decision by API has no first moderator

Before, an undo was told by the code "taken_back" in its reasons, and undid the decision before it on the same text.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "undoes"
down_revision = "long_ids"
branch_labels = None
depends_on = None

DECISION = sa.table(
    "decision",
    *(
        sa.column(name, sa.String)
        for name in ("id", "comment_id", "from_status", "to_status", "source", "reasons", "undoes")
    ),
    sa.column("revision", sa.Integer),
    sa.column("created_at", sa.DateTime),
)
NEW = {"code": "undone", "text": "undone by the moderator before anyone was told"}
OLD = {"code": "taken_back", "text": "taken back"}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE decision ADD COLUMN undoes VARCHAR(32)"
        " CONSTRAINT fk_decision_undoes_decision REFERENCES decision (id)"
    )
    connection, d = op.get_bind(), DECISION.c
    for undo in _coded(OLD["code"]):
        undone_already = sa.select(d.undoes).where(d.undoes.is_not(None), d.comment_id == undo.comment_id)
        target = connection.execute(
            sa.select(d.id)
            .where(
                d.comment_id == undo.comment_id,
                d.revision == undo.revision,
                d.from_status == undo.to_status,
                d.to_status == undo.from_status,
                d.source == "moderator",
                d.id != undo.id,
                d.id.not_in(undone_already),
                d.created_at <= undo.created_at,
            )
            .order_by(d.created_at.desc(), d.id.desc())
            .limit(1)
        ).scalar_one()
        _write(undo, NEW, undoes=target)
    condition = sa.text("undoes IS NOT NULL")
    op.create_index(
        "uq_decision_undoes", "decision", ["undoes"], unique=True, sqlite_where=condition, postgresql_where=condition
    )
    _require_first_moderator(required=False)


def downgrade() -> None:
    op.execute("DELETE FROM second_look WHERE first_moderator_id IS NULL")
    _require_first_moderator(required=True)
    op.drop_index("uq_decision_undoes", "decision")
    for undo in _coded(NEW["code"]):
        _write(undo, OLD)
    op.drop_column("decision", "undoes")


def _coded(code: str):
    d = DECISION.c
    coded = sa.cast(d.reasons, sa.String).contains(f'"code": "{code}"', autoescape=True)
    columns = (d.id, d.comment_id, d.revision, d.from_status, d.to_status, d.reasons, d.created_at)
    statement = sa.select(*columns).where(d.source == "moderator", coded).order_by(d.created_at, d.id)
    return op.get_bind().execute(statement).all()


def _write(undo: sa.Row, reason: dict[str, str], **values: str) -> None:
    kept = json.loads(undo.reasons) if isinstance(undo.reasons, str) else undo.reasons
    reasons = sa.type_coerce([kept[0] | reason, *kept[1:]], sa.JSON)
    op.get_bind().execute(sa.update(DECISION).where(DECISION.c.id == undo.id).values(reasons=reasons, **values))


def _require_first_moderator(*, required: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("second_look", "first_moderator_id", existing_type=sa.String(32), nullable=not required)
        return
    # In place, as https://www.sqlite.org/lang_altertable.html allows for NOT NULL: nothing is copied.
    old, new = "first_moderator_id VARCHAR(32)", "first_moderator_id VARCHAR(32) NOT NULL"
    if not required:
        old, new = new, old
    connection = op.get_bind()
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'second_look'"
        ),
        {"old": old, "new": new},
    )
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
