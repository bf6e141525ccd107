"""Figures that the database counts; indexes of deliveries that are being attempted and of decisions to hold

A view says what each row contributes to a site's figures, and triggers note every change of it, in the transaction
that makes the change: as `held_tally` does, and for the same reasons. Upkeep puts the changes together
(`service.moderation.insight.counts.counters`). What is stored already is counted here, so many rows at a time.
"""

# ruff: noqa: S608

import sqlalchemy as sa
from alembic import op

revision = "figures"
down_revision = "perspective"
branch_labels = None
depends_on = None

AT_ONCE = 20_000
COLUMNS = "site_id, name, start, key, amount"
AUTOMATIC = "d.source IN ('policy', 'upkeep')"
VIEWS = {
    "figure_of_comment": "comment",
    "figure_of_decision": "decision",
    "figure_of_wait": "decision",
    "figure_of_act": "decision",
    "figure_of_delivery": "delivery",
}


def upgrade() -> None:
    number = "INTEGER PRIMARY KEY" if _sqlite() else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    of_figure = (
        "site_id VARCHAR(32) NOT NULL, name VARCHAR(20) NOT NULL, start BIGINT NOT NULL, key VARCHAR(500) NOT NULL"
    )
    op.execute(
        f"CREATE TABLE figure ({of_figure}, span INTEGER NOT NULL, amount BIGINT NOT NULL,"
        " PRIMARY KEY (site_id, name, span, start, key))" + (" WITHOUT ROWID" if _sqlite() else "")
    )
    op.execute(f"CREATE TABLE figure_change (number {number}, {of_figure}, amount INTEGER NOT NULL)")
    op.execute("CREATE INDEX ix_figure_change_site ON figure_change (site_id, name, start)")
    claimed = sa.text("claimed_until IS NOT NULL")
    op.create_index(
        "ix_delivery_claimed",
        "delivery",
        ["endpoint_id", "claimed_until"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
    held = sa.text("to_status = 'held' AND source IN ('policy', 'upkeep')")
    op.create_index(
        "ix_decision_holds", "decision", ["site_id", "created_at"], sqlite_where=held, postgresql_where=held
    )
    for view, meaning in _meanings().items():
        op.execute(f"CREATE VIEW {view} AS {meaning}")
    for name, (table, when, does) in _triggers().items():
        _follow(name, table, when, does)
    for view, table in VIEWS.items():
        _count(view, table)


def downgrade() -> None:
    for name, (table, _, _) in _triggers().items():
        op.execute(f"DROP TRIGGER {name}" + ("" if _sqlite() else f" ON {table}"))
        if not _sqlite():
            op.execute(f"DROP FUNCTION {name}")
    for view in reversed(VIEWS):
        op.execute(f"DROP VIEW {view}")
    op.drop_index("ix_decision_holds", "decision")
    op.drop_index("ix_delivery_claimed", "delivery")
    op.execute("DROP TABLE figure_change")
    op.execute("DROP TABLE figure")


def _meanings() -> dict[str, str]:
    """Return for each view its statement: a row for each one that a row of the record adds to a figure."""
    reason = "json_each(d.reasons) r" if _sqlite() else "json_array_elements(d.reasons) r(value)"
    code, attribute = (
        f"json_extract(r.value, '$.{name}')" if _sqlite() else f"json_extract_path_text(r.value, '{name}')"
        for name in ("code", "attribute")
    )

    def decided(name: str) -> str:
        return (
            f"d.id AS row_id, d.comment_id, d.site_id, '{name}' AS name, d.created_at AS at,"
            f" {_start('d.created_at')} AS start"
        )

    earlier = "SELECT 1 FROM decision e WHERE e.comment_id = d.comment_id AND e.revision = d.revision"
    earlier += f" AND e.source = 'moderator' AND {_stands('e')} AND (e.created_at, e.id)"
    by_person = f"d.source = 'moderator' AND {_stands('d')}"
    return {
        "figure_of_comment": f"SELECT c.id AS row_id, c.id AS comment_id, c.site_id, 'comments' AS name,"
        f" c.received_at AS at, {_start('c.received_at')} AS start, c.status || '/' || coalesce(c.verdict, '') AS key"
        " FROM comment c WHERE c.status <> 'pending'",
        "figure_of_decision": f"SELECT {decided('verdicts')}, d.verdict AS key FROM decision d WHERE {AUTOMATIC}"
        f" UNION ALL SELECT {decided('reasons')}, {code} || '/' || coalesce({attribute}, '')"
        f" FROM decision d, {reason} WHERE {AUTOMATIC} AND d.verdict <> 'approve'"
        f" UNION ALL SELECT {decided('articles')},"
        " c.article_id || CASE d.verdict WHEN 'approve' THEN '/approve' ELSE '/trouble' END"
        f" FROM decision d JOIN comment c ON c.id = d.comment_id WHERE {AUTOMATIC} AND c.article_id IS NOT NULL",
        "figure_of_wait": f"SELECT {decided('delays')}, {_hundredths('d.created_at', 'c.pending_since')} AS key"
        f" FROM decision d JOIN comment c ON c.id = d.comment_id AND c.revision = d.revision WHERE {AUTOMATIC}",
        "figure_of_act": f"SELECT {decided('acts')}, d.verdict"
        f" || CASE WHEN EXISTS ({earlier} < (d.created_at, d.id)) THEN '/' ELSE '/' || d.from_status END"
        f" || CASE WHEN EXISTS ({earlier} > (d.created_at, d.id) AND e.to_status <> d.to_status"
        f" AND {_who('e')} <> {_who('d')}) THEN '/overturned/' ELSE '//' END || {_who('d')} AS key"
        f" FROM decision d WHERE {by_person}"
        f" UNION ALL SELECT {decided('reviews')}, {_hundredths('d.created_at', 'h.created_at')} || '/' || {_who('d')}"
        " FROM decision d JOIN decision h ON h.comment_id = d.comment_id AND h.revision = d.revision"
        f" AND h.source IN ('policy', 'upkeep') AND h.to_status = 'held' WHERE {by_person} AND d.from_status = 'held'",
        "figure_of_delivery": f"SELECT d.id AS row_id, d.comment_id, d.site_id, 'callbacks' AS name,"
        f" d.created_at AS at, {_start('d.created_at')} AS start, d.state AS key"
        " FROM delivery d WHERE d.state <> 'withdrawn'",
    }  # fmt: skip


def _triggers() -> dict[str, tuple[str, str, str]]:
    """Return by name the table, when it fires and what it does: note what was, and afterwards what is."""

    def note(view: str, sign: str, which: str) -> str:
        return (
            f"INSERT INTO figure_change ({COLUMNS})"
            f" SELECT site_id, name, start, key, {sign}1 FROM {view} WHERE {which};"
        )

    def around(name: str, table: str, event: str, view: str, which: str) -> dict[str, tuple[str, str, str]]:
        return {
            f"{name}_was": (table, f"BEFORE {event}", note(view, "-", which)),
            f"{name}_is": (table, f"AFTER {event}", note(view, "", which)),
        }

    text = "comment_id = NEW.comment_id"
    return {
        "figure_comment_new": ("comment", "AFTER INSERT", note("figure_of_comment", "", "row_id = NEW.id")),
        **around("figure_comment", "comment", "UPDATE OF status, verdict, received_at", "figure_of_comment", "row_id = NEW.id"),
        "figure_comment_gone": ("comment", "BEFORE DELETE", note("figure_of_comment", "-", "row_id = OLD.id")),
        **around("figure_wait", "comment", "UPDATE OF revision, pending_since", "figure_of_wait", "comment_id = NEW.id"),
        "figure_decision_new": (
            "decision",
            "AFTER INSERT",
            note("figure_of_decision", "", "row_id = NEW.id") + note("figure_of_wait", "", "row_id = NEW.id"),
        ),
        **around("figure_act_new", "decision", "INSERT", "figure_of_act", text),
        **around("figure_act", "decision", "UPDATE OF undoes", "figure_of_act", text),
        "figure_delivery_new": ("delivery", "AFTER INSERT", note("figure_of_delivery", "", "row_id = NEW.id")),
        **around("figure_delivery", "delivery", "UPDATE OF state, created_at", "figure_of_delivery", "row_id = NEW.id"),
        "site_figures_gone": (
            "site",
            "AFTER DELETE",  # and after its rows have gone, which note that they do
            "DELETE FROM figure WHERE site_id = OLD.id; DELETE FROM figure_change WHERE site_id = OLD.id;",
        ),
        "figure_delivery_gone": ("delivery", "BEFORE DELETE", note("figure_of_delivery", "-", "row_id = OLD.id")),
    }  # fmt: skip


CONDITIONS = {  # what fires for nothing is left out
    "figure_comment_was": "OLD.status <> 'pending' AND (OLD.status <> NEW.status OR %s)",
    "figure_comment_is": "NEW.status <> 'pending' AND (OLD.status <> NEW.status OR %s)",
    "figure_act_new_was": "NEW.source = 'moderator'",
    "figure_act_new_is": "NEW.source = 'moderator'",
    "figure_delivery_was": "OLD.state <> NEW.state OR OLD.created_at <> NEW.created_at",
    "figure_delivery_is": "OLD.state <> NEW.state OR OLD.created_at <> NEW.created_at",
}


def _follow(name: str, table: str, when: str, does: str) -> None:
    differs = "IS NOT" if _sqlite() else "IS DISTINCT FROM"
    changed = f"OLD.verdict {differs} NEW.verdict OR OLD.received_at <> NEW.received_at"
    condition = CONDITIONS.get(name, "").replace("%s", changed)
    condition = f" WHEN ({condition})" if condition else ""
    if _sqlite():
        op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW{condition} BEGIN {does} END")
        return
    row = "OLD" if "DELETE" in when else "NEW"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN {row}; END $$")
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()")


def _count(view: str, table: str) -> None:
    """Note what is stored already, for `AT_ONCE` rows at a time."""
    connection, after = op.get_bind(), ""
    edge = sa.text(f"SELECT max(id) FROM (SELECT id FROM {table} WHERE id > :after ORDER BY id LIMIT {AT_ONCE}) part")
    count = sa.text(
        f"INSERT INTO figure_change ({COLUMNS}) SELECT site_id, name, start, key, count(*) FROM {view}"
        " WHERE row_id > :after AND row_id <= :last GROUP BY site_id, name, start, key"
    )
    while (last := connection.execute(edge, {"after": after}).scalar_one()) is not None:
        connection.execute(count, {"after": after, "last": last})
        after = last


def _start(moment: str) -> str:
    """Return the quarter of an hour that a time lies in, in seconds since 1970; cut off, never rounded up."""
    if _sqlite():
        return f"CAST(strftime('%s', substr({moment}, 1, 19)) AS INTEGER) / 900 * 900"
    return f"CAST(floor(extract(epoch FROM {moment}) / 900) AS BIGINT) * 900"


def _hundredths(later: str, earlier: str) -> str:
    """Return hundredths of a second between two times as text; from ten seconds on, cut to two digits."""
    seconds = (
        f"(julianday({later}) - julianday({earlier})) * 86400.0"
        if _sqlite()
        else f"extract(epoch FROM {later} - {earlier})"
    )
    whole = f"CAST(round({seconds} * 100) AS {'INTEGER' if _sqlite() else 'BIGINT'})"
    digits = "".join(f" WHEN {whole} < {10**n} THEN {whole} / {10 ** (n - 2)} * {10 ** (n - 2)}" for n in range(4, 12))
    return f"CAST(CASE WHEN {whole} < 0 THEN 0 WHEN {whole} < 1000 THEN {whole}{digits} ELSE {10**11} END AS VARCHAR)"


def _stands(decision: str) -> str:
    return f"{decision}.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = {decision}.id)"


def _who(decision: str) -> str:
    return f"coalesce({decision}.moderator_id, '/' || {decision}.actor)"


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
