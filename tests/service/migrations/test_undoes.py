"""The migration to `Decision.undoes`: the undos of an existing database then name what they undid."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from service import migrations
from service.db import Database
from service.models import Decision
from service.vocabulary import CommentStatus
from tests.faults.test_upgrade import EarlierVersion
from tests.support.downgrade import downgrade

BEFORE = "held"
STEPS = (  # what Ada did to one comment: from, to, verdict, code
    ("held", "rejected", "reject", "insult"),
    ("rejected", "held", "hold", "taken_back"),
    ("held", "rejected", "reject", "moderator_decision"),
    ("rejected", "held", "hold", "taken_back"),
    ("held", "approved", "approve", "moderator_decision"),
)


@pytest.fixture
def old(empty_database_url: str) -> Iterator[Database]:
    """A database of the version before, with one comment that was decided thrice and undone twice."""
    database = Database(empty_database_url)
    migrations.upgrade(database, BEFORE)
    earlier = EarlierVersion(database)
    site = earlier.write("site", slug="gazette", name="The Gazette")
    ada = earlier.write("moderator", email="ada@gazette.example", name="Ada")
    comment = earlier.comment(site, 1, status="approved", verdict="approve", decided_at=earlier.now)
    for number, (was, becomes, verdict, code) in enumerate(STEPS):
        earlier.write(
            "decision", site_id=site, comment_id=comment, revision=1, from_status=was, to_status=becomes,
            verdict=verdict, source="moderator", moderator_id=ada, actor="Ada",
            reasons=[{"code": code, "verdict": verdict, "text": "taken_back"}],
            created_at=earlier.now + timedelta(seconds=number),
        )  # fmt: skip
    yield database
    database.dispose()


def made(database: Database) -> list[Decision]:
    with database.read() as session:
        return list(session.scalars(select(Decision).order_by(Decision.created_at)))


def test_each_undo_names_the_decision_before_it(old: Database) -> None:
    migrations.upgrade(old)
    first, undo, second, again, last = made(old)
    assert (undo.undoes, again.undoes) == (first.id, second.id)
    assert [decision.undoes for decision in (first, second, last)] == [None, None, None]
    assert [decision.reasons[0]["code"] for decision in (first, undo, last)] == [
        "insult", "undone", "moderator_decision"
    ]  # fmt: skip


def test_a_second_look_needs_no_first_moderator_and_a_decision_is_undone_once(old: Database) -> None:
    migrations.upgrade(old)
    first, undo, second, _, last = made(old)
    look = {"site": last.site_id, "comment": last.comment_id, "decision": last.id}
    with old.write() as session:
        session.execute(
            text(
                "INSERT INTO second_look (id, site_id, comment_id, decision_id, reason, first_verdict, created_at)"
                " VALUES ('1', :site, :comment, :decision, '', 'approve', CURRENT_TIMESTAMP)"
            ),
            look,
        )
    with pytest.raises(Exception, match=r"(?i)unique"), old.write() as session:
        session.execute(text("UPDATE decision SET undoes = :id WHERE id = :last"), {"id": first.id, "last": last.id})
    assert undo.to_status is second.from_status is CommentStatus.HELD


def test_the_way_back_leads_to_the_same_schema(old: Database) -> None:
    def schema() -> list[tuple[object, ...]]:
        sqlite = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        server = (
            "SELECT table_name, column_name, is_nullable FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY 1, 2"
        )
        with old.read() as session:
            return [tuple(row) for row in session.execute(text(sqlite if old.is_sqlite else server))]

    before = schema()
    migrations.upgrade(old, "undoes")
    downgrade(old, BEFORE)
    assert schema() == before
    with old.read() as session:
        assert "taken_back" in str(session.execute(text("SELECT reasons FROM decision")).all())
