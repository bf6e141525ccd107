"""Counts of held comments that the database keeps

By site, lane and reason, in the transaction that changes a comment: no count of the review queue reads the queue.
"""

from alembic import op

revision = "held_tally"
down_revision = "sealed_secrets"
branch_labels = None
depends_on = None

COLUMNS = "site_id, escalated, reason, held"
HELD = f"""INSERT INTO held_tally ({COLUMNS})
    SELECT site_id, CASE WHEN escalated_at IS NULL THEN 0 ELSE 1 END, coalesce(reason, ''), count(*)
    FROM comment WHERE status = 'in_review' GROUP BY 1, 2, 3"""  # noqa: S608  (constants)
WAS, IS = "OLD.status = 'in_review'", "NEW.status = 'in_review'"
TRIGGERS = ("held_tally_arrives", "held_tally_changes", "held_tally_goes")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _count_on_sqlite()
    else:
        _count_on_postgresql()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in (*TRIGGERS, "held_tally_leaves") if sqlite else TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else " ON comment"))
    if not sqlite:
        op.execute("DROP FUNCTION held_tally_follow")
    op.execute("DROP TABLE held_tally")


def _count_on_sqlite() -> None:
    # One writes at a time, so each count is a row that is changed in place.
    op.execute(
        "CREATE TABLE held_tally (site_id VARCHAR(32) NOT NULL, escalated INTEGER NOT NULL, reason VARCHAR(40) NOT NULL,"
        " held INTEGER NOT NULL, PRIMARY KEY (site_id, escalated, reason)) WITHOUT ROWID"
    )
    op.execute(HELD)

    def add(row: str, change: int) -> str:
        values = f"{row}.site_id, {row}.escalated_at IS NOT NULL, coalesce({row}.reason, ''), {change}"
        return (
            f"BEGIN INSERT INTO held_tally ({COLUMNS}) VALUES ({values})"  # noqa: S608  (constants)
            f" ON CONFLICT (site_id, escalated, reason) DO UPDATE SET held = held + ({change}); END"
        )

    moved = "(OLD.escalated_at IS NULL) <> (NEW.escalated_at IS NULL) OR OLD.reason IS NOT NEW.reason"
    changed = "AFTER UPDATE OF status, escalated_at, reason ON comment"
    for name, does in {
        "held_tally_arrives": f"AFTER INSERT ON comment WHEN {IS} {add('NEW', 1)}",
        "held_tally_changes": f"{changed} WHEN {IS} AND (NOT {WAS} OR {moved}) {add('NEW', 1)}",
        "held_tally_leaves": f"{changed} WHEN {WAS} AND (NOT {IS} OR {moved}) {add('OLD', -1)}",
        "held_tally_goes": f"AFTER DELETE ON comment WHEN {WAS} {add('OLD', -1)}",
    }.items():
        op.execute(f"CREATE TRIGGER {name} {does}")


def _count_on_postgresql() -> None:
    # Many write at a time: each adds a row of its own, so that none waits for another; upkeep folds them into one.
    op.execute(
        "CREATE TABLE held_tally (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, site_id VARCHAR(32) NOT NULL,"
        " escalated INTEGER NOT NULL, reason VARCHAR(40) NOT NULL, held INTEGER NOT NULL)"
    )
    op.execute("CREATE INDEX ix_held_tally_site ON held_tally (site_id, escalated, reason) INCLUDE (held)")
    op.execute(HELD)

    def add(row: str, change: int) -> str:
        lane = f"CASE WHEN {row}.escalated_at IS NULL THEN 0 ELSE 1 END"
        values = f"{row}.site_id, {lane}, coalesce({row}.reason, ''), {change}"
        return f"INSERT INTO held_tally ({COLUMNS}) VALUES ({values});"  # noqa: S608  (constants)

    op.execute(
        "CREATE FUNCTION held_tally_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP <> 'INSERT' THEN IF {WAS} THEN {add('OLD', -1)} END IF; END IF;"
        f" IF TG_OP <> 'DELETE' THEN IF {IS} THEN {add('NEW', 1)} END IF; END IF;"
        " RETURN NULL; END $$"
    )
    of_row = "(%s.status, %s.escalated_at IS NULL, %s.reason)"
    moved = f"{of_row.replace('%s', 'OLD')} IS DISTINCT FROM {of_row.replace('%s', 'NEW')}"
    for name, when in {
        "held_tally_arrives": f"AFTER INSERT ON comment FOR EACH ROW WHEN ({IS})",
        "held_tally_changes": "AFTER UPDATE OF status, escalated_at, reason ON comment FOR EACH ROW"
        f" WHEN (({WAS} OR {IS}) AND {moved})",
        "held_tally_goes": f"AFTER DELETE ON comment FOR EACH ROW WHEN ({WAS})",
    }.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION held_tally_follow()")
