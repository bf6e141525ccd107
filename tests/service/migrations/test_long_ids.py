"""Ids of 512 characters come into a database that knew 200: no table is rewritten, and every column has room."""

from sqlalchemy import inspect, text

from service import migrations
from service.db import Base, Database
from service.models import Site
from tests.support.comments import reread, submit
from tests.support.downgrade import downgrade

# The number of the file in which PostgreSQL keeps a table or an index: another one after it was rewritten.
FILES = text("SELECT relname, relfilenode FROM pg_class WHERE relname LIKE '%comment%' OR relname LIKE '%author%'")
PARTIAL = "ix_comment_held_author"  # PostgreSQL builds a partial index anew; this one has held comments alone


def test_longer_ids_have_room_and_no_table_is_rewritten(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database)
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
    before = submit(database, site.id, "x" * 200, author_id="y" * 200)
    downgrade(database, "held")
    files = _files(database)
    migrations.upgrade(database)
    rewritten = {name for name, number in _files(database).items() if number != files.get(name, number)}
    assert rewritten <= {PARTIAL}
    kept = reread(database, before.id)
    assert (kept.external_id, kept.author_external_id) == ("x" * 200, "y" * 200)
    assert submit(database, site.id, "x" * 512, author_id="y" * 512, parent_id="z" * 512)
    if not database.is_sqlite:  # which holds no text to its length
        _assert_lengths(database)
    database.dispose()


def _files(database: Database) -> dict[str, int]:
    if database.is_sqlite:
        return {}
    with database.read() as session:
        return {row.relname: row.relfilenode for row in session.execute(FILES)}


def _assert_lengths(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        for column in found.get_columns(table.name):
            wanted = getattr(table.c[column["name"]].type, "length", None)
            if wanted is not None:
                assert getattr(column["type"], "length", None) == wanted, (table.name, column["name"])
