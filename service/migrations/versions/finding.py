"""An index of the words of all comments

The database notes what is to be read again, in the transaction that changes it: a new comment, another text, name,
article, title or reason, an erasure. Upkeep reads it and writes the index (`service.moderation.search.index`). What is
stored already is noted here and read afterwards, newest first; nothing waits for it.
"""

from alembic import op

revision = "finding"
down_revision = "held_reasons"
branch_labels = None
depends_on = None

WATCHED = ("text", "author_name", "article_id", "erased_at", "reason")


def upgrade() -> None:
    sqlite = _sqlite()
    number = "INTEGER PRIMARY KEY" if sqlite else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    op.execute(f"CREATE TABLE search_todo (number {number}, comment_id VARCHAR(32) NOT NULL)")
    op.execute(
        "CREATE TABLE search_words (number BIGINT NOT NULL UNIQUE, comment_id VARCHAR(32) PRIMARY KEY,"
        " words TEXT NOT NULL)" + (" WITHOUT ROWID" if sqlite else "")
    )
    op.execute(
        f"CREATE TABLE search_block (number {number}, site_id VARCHAR(32) NOT NULL, filled INTEGER NOT NULL DEFAULT 0)"
    )
    op.execute("CREATE INDEX ix_search_block_site ON search_block (site_id, number)")
    block, blob, rest = ("INTEGER", "BLOB", " WITHOUT ROWID") if sqlite else ("BIGINT", "BYTEA", "")
    op.execute(
        f"CREATE TABLE search_posting (block {block} NOT NULL, word {blob} NOT NULL, members {blob} NOT NULL,"
        f" PRIMARY KEY (block, word)){rest}"
    )
    # Upkeep reads the highest numbers first: new comments, then the newest of these.
    op.execute("INSERT INTO search_todo (comment_id) SELECT id FROM comment ORDER BY id")
    _follow_on_sqlite() if sqlite else _follow_on_postgresql()


def downgrade() -> None:
    for name, table in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name}" + ("" if _sqlite() else f" ON {table}"))
    if not _sqlite():
        op.execute("DROP FUNCTION search_follow")
        op.execute("DROP FUNCTION search_follow_title")
    for table in ("search_posting", "search_block", "search_words", "search_todo"):
        op.execute(f"DROP TABLE {table}")


TRIGGERS = {"search_new": "comment", "search_changed": "comment", "search_gone": "comment", "search_title": "article"}
OF_ARTICLE = "INSERT INTO search_todo (comment_id) SELECT id FROM comment WHERE article_id = NEW.id;"


def _follow_on_sqlite() -> None:
    def note(row: str) -> str:
        return f"BEGIN INSERT INTO search_todo (comment_id) VALUES ({row}.id); END"  # noqa: S608  (constants)

    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
    op.execute(f"CREATE TRIGGER search_new AFTER INSERT ON comment {note('NEW')}")
    op.execute(
        f"CREATE TRIGGER search_changed AFTER UPDATE OF {', '.join(WATCHED)} ON comment WHEN {changed} {note('NEW')}"
    )
    op.execute(f"CREATE TRIGGER search_gone AFTER DELETE ON comment {note('OLD')}")
    op.execute(
        "CREATE TRIGGER search_title AFTER UPDATE OF title ON article WHEN OLD.title <> NEW.title"
        f" BEGIN {OF_ARTICLE} END"
    )


def _follow_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION search_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN INSERT INTO search_todo (comment_id) VALUES (OLD.id);"
        " ELSE INSERT INTO search_todo (comment_id) VALUES (NEW.id); END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION search_follow_title() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {OF_ARTICLE} RETURN NULL; END $$"
    )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in WATCHED)
    for name, when, does in (
        ("search_new", "AFTER INSERT ON comment FOR EACH ROW", "search_follow"),
        (
            "search_changed",
            f"AFTER UPDATE OF {', '.join(WATCHED)} ON comment FOR EACH ROW WHEN ({changed})",
            "search_follow",
        ),
        ("search_gone", "AFTER DELETE ON comment FOR EACH ROW", "search_follow"),
        (
            "search_title",
            "AFTER UPDATE OF title ON article FOR EACH ROW WHEN (OLD.title <> NEW.title)",
            "search_follow_title",
        ),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {does}()")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
