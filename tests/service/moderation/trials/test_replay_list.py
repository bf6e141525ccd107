"""A replay's list in pages, whose turn it is, what is forgotten; and that no statement reads more than it shows."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.db import Database, database_now
from service.models import Replay, ReplayComment, ReplayOutcome, Site
from service.moderation.policy.rules import Rules
from service.moderation.trials import replay_applying, replay_list, replay_looking
from tests.support import bulk
from tests.support.replays import STRICTER, Past


def test_pages_of_a_kind_show_every_comment_once_newest_first(
    past: Past, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_list, "PAGE", 2)
    ids = past.comments([0.25] * 5)
    past.activate(STRICTER)
    replay = past.look()
    seen, after = [], ""
    with database.read() as session:
        while True:
            page, after = replay_list.page(session, replay, kind="approved>hold", after=after)
            seen += [one.comment_id for one in page]
            if not after:
                break
        assert seen == sorted(ids, reverse=True)
        assert replay_list.page(session, replay, kind="rejected>hold") == ([], "")
        assert replay_list.page(session, replay, outcome=ReplayOutcome.LEFT_ALONE) == ([], "")
    assert (page[0].text.startswith("Remark"), page[0].author) == (True, "Reader 1")


def test_sites_take_turns_and_nobody_takes_what_another_works_on(
    past: Past, database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        for number, one in enumerate((site, other_site)):
            session.add(
                Replay(
                    site_id=one.id, policy_version=0, days=7, since=database_now(-60), actor_kind="moderator",
                    worked_at=database_now(-60 + number),
                )
            )  # fmt: skip
    with database.read() as session:
        first = replay_list.waiting(session)
    assert first is not None
    assert first.site_id == site.id
    with database.write() as session:
        session.execute(update(Replay).where(Replay.id == first.id).values(worked_at=database_now()))
    with database.read() as session:
        second = replay_list.waiting(session)
        assert second is not None
        assert second.site_id == other_site.id
        assert replay_list.waiting(session, but=[second.id]) is None
        assert replay_list.waiting(session, mine=[first.id], but=[second.id]) is not None


def test_old_replays_go_and_younger_ones_stay(past: Past, database: Database) -> None:
    past.comments([0.25] * 3)
    past.activate(STRICTER)
    old, young = past.look(), past.look()
    with database.write() as session:
        session.execute(update(Replay).where(Replay.id == old.id).values(created_at=database_now(-31 * 86_400)))
        assert replay_list.prune(session) == 3
    with database.read() as session:
        assert session.scalars(select(Replay.id)).all() == [young.id]
        assert set(session.scalars(select(ReplayComment.replay_id))) == {young.id}


@pytest.mark.reads_plans
def test_the_statements_of_a_replay_are_led_by_an_index(past: Past, database: Database) -> None:
    bulk.fill(database, past.site.id, 3_000, days=30)
    past.activate(STRICTER)
    with database.write() as session:
        row = Replay(
            site_id=past.site.id, policy_version=1, days=20, since=utc_now() - timedelta(days=20),
            actor_kind="moderator", place_at=utc_now() - timedelta(days=10), place="c", created_at=utc_now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.execute(
            text(
                "INSERT INTO replay_comment"
                " (replay_id, comment_id, version, from_status, verdict, kind, reasons, outcome)"
                " SELECT :replay, id, 2, 'approved', 'reject', CASE WHEN score > 0.7 THEN 'approved>hold' ELSE"
                " 'approved>reject' END, '[]', CASE WHEN author_external_id = 'author-7' THEN 'kept' ELSE 'listed' END"
                " FROM comment"
            ),
            {"replay": row.id},
        )
        if not database.is_sqlite:
            session.execute(text("ANALYZE"))
    row.only_kind = "approved>hold"
    with database.read() as session:
        if not database.is_sqlite:  # of so few rows it would read all
            session.execute(text("SET LOCAL enable_seqscan = off"))
        plans = [
            plan(session, replay_looking._page(row).limit(200)),
            plan(session, replay_list._statement(row, "approved>hold", None, "f" * 32)),
            plan(session, replay_list._statement(row, "", ReplayOutcome.KEPT, "")),
            plan(session, replay_applying._next(row)),
            plan(session, replay_applying._moved(row)),
        ]
    for one, index in zip(plans, ("ix_comment_site_received", *["replay_comment"] * 4), strict=True):
        assert re.search(rf"(INDEX|using|Scan on) \w*{index}", one), one
        assert not re.search(r"SCAN (comment|replay_comment)\b(?! USING)|Seq Scan|^Sort|-> *Sort", one), one


def plan(session: Session, statement: Any) -> str:
    """Return how the database runs a statement."""
    bind = session.get_bind()
    explain = "EXPLAIN QUERY PLAN" if bind.dialect.name == "sqlite" else "EXPLAIN"
    compiled = statement.compile(bind, compile_kwargs={"literal_binds": True})
    return "\n".join(str(row[-1]) for row in session.connection().exec_driver_sql(f"{explain} {compiled}"))


def test_rules_are_those_of_the_version_that_began_the_replay(past: Past) -> None:
    past.comments([0.25])
    past.activate(Rules())
    assert past.look().kinds == {}
