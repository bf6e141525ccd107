"""Rules of the database's sessions: who writes when others write."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from service import db
from service.db import Database
from service.models import Article, Site
from service.moderation.intake import articles


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE row (name TEXT)"))
    return database


@pytest.mark.one_database
def test_who_wants_to_write_waits_until_the_other_has_written(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, other_waits, written = threading.Event(), threading.Event(), []
    monkeypatch.setattr(db, "time", SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: other_waits.set()))

    def write_slowly() -> None:
        with sqlite.write() as session:
            session.execute(text("INSERT INTO row VALUES ('slow')"))
            begun.set()
            assert other_waits.wait(10)
            written.append("slow")

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert begun.wait(10)
    with sqlite.write() as session:
        names = list(session.scalars(text("SELECT name FROM row")))
        written.append("quick")
    slow.join()
    assert (written, names) == (["slow", "quick"], ["slow"])


@pytest.mark.one_database
def test_who_cannot_write_for_too_long_is_told(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 0.2)
    with sqlite.write() as session:
        session.execute(text("INSERT INTO row VALUES ('slow')"))
        started = time.monotonic()
        with pytest.raises(OperationalError, match="locked"), sqlite.write() as other:
            other.execute(text("INSERT INTO row VALUES ('quick')"))
        assert time.monotonic() - started >= 0.2


@pytest.mark.one_database
def test_waiting_for_the_turn_leaves_the_patience_of_other_statements_alone(sqlite: Database) -> None:
    with sqlite.write() as session:
        assert session.scalar(text("PRAGMA busy_timeout")) == db.PATIENCE_SECONDS * 1000


def test_where_somebody_else_was_first_their_row_is_found_and_the_transaction_goes_on(
    database: Database, site: Site
) -> None:
    with database.write() as session:

        def add(article_id: str) -> tuple[Article, bool]:
            article = Article(site_id=site.id, external_id=article_id)
            return db.add_or_find(session, article, lambda: articles.find(session, site.id, article_id))

        first, is_new = add("a1")
        assert is_new
        assert add("a1") == (first, False)
        assert add("a2")[1]
    with database.read() as session:
        assert articles.find(session, site.id, "a2") is not None


def test_a_row_that_is_forbidden_for_another_reason_is_an_error(database: Database) -> None:
    with database.write() as session, pytest.raises(IntegrityError):
        db.add_or_find(session, Article(site_id="nobody", external_id="a1"), lambda: None)
