"""Search in the texts of held comments

An index of three-character sequences over the comments that wait for a moderator, and those alone: kept by the database
itself, in the transaction that changes the comment, so that what was decided, edited or erased leaves it at once.
"""

import sqlite3

import sqlalchemy as sa
import structlog
from alembic import op

revision = "held_text"
down_revision = "authors"
branch_labels = None
depends_on = None

log = structlog.get_logger()

NUMBER = "(SELECT number FROM held_number WHERE comment_id = OLD.id)"
ENTER = """
    INSERT INTO held_number (comment_id) VALUES (NEW.id);
    INSERT INTO held_text (rowid, text)
        VALUES ((SELECT number FROM held_number WHERE comment_id = NEW.id), NEW.text);"""
LEAVE = f"""
    DELETE FROM held_text WHERE rowid = {NUMBER};
    DELETE FROM held_number WHERE comment_id = OLD.id;"""  # noqa: S608  (constants)
TRIGGERS = {
    "held_text_arrives": f"""AFTER INSERT ON comment WHEN NEW.status = 'in_review' BEGIN {ENTER} END""",
    "held_text_enters": f"""AFTER UPDATE OF status ON comment
        WHEN NEW.status = 'in_review' AND OLD.status <> 'in_review' BEGIN {ENTER} END""",
    "held_text_leaves": f"""AFTER UPDATE OF status ON comment
        WHEN OLD.status = 'in_review' AND NEW.status <> 'in_review' BEGIN {LEAVE} END""",
    "held_text_changes": f"""AFTER UPDATE OF text ON comment
        WHEN OLD.status = 'in_review' AND NEW.status = 'in_review' AND OLD.text <> NEW.text
        BEGIN UPDATE held_text SET text = NEW.text WHERE rowid = {NUMBER}; END""",  # noqa: S608
    "held_text_goes": f"""AFTER DELETE ON comment WHEN OLD.status = 'in_review' BEGIN {LEAVE} END""",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _index_on_sqlite()
    else:
        _index_on_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE held_text")
        op.execute("DROP TABLE held_number")
    else:
        op.execute("DROP INDEX IF EXISTS ix_comment_held_text")


def _index_on_sqlite() -> None:
    # A number of its own for each: VACUUM may change the row ids of tables whose primary key is no integer.
    op.execute("CREATE TABLE held_number (number INTEGER PRIMARY KEY, comment_id VARCHAR(32) NOT NULL UNIQUE)")
    op.execute("CREATE VIRTUAL TABLE held_text USING fts5(text, tokenize = 'trigram')")
    if sqlite3.sqlite_version_info >= (3, 42):  # overwrites what is deleted; before, the next merge of the index does
        op.execute("INSERT INTO held_text (held_text, rank) VALUES ('secure-delete', 1)")
    op.execute("INSERT INTO held_number (comment_id) SELECT id FROM comment WHERE status = 'in_review'")
    op.execute(
        "INSERT INTO held_text (rowid, text) "
        "SELECT number, text FROM held_number JOIN comment ON comment.id = held_number.comment_id"
    )
    for name, does in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {does}")


def _index_on_postgresql() -> None:
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError as error:
        # The search finds the same without it, only by reading every held comment.
        log.warning("text_search_without_index", error=type(error.orig).__name__, wanted="CREATE EXTENSION pg_trgm")
        return
    op.execute("CREATE INDEX ix_comment_held_text ON comment USING gin (text gin_trgm_ops) WHERE status = 'in_review'")
