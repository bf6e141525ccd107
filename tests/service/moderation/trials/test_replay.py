"""The acts around a replay: who may do what when, and what a stale page answers."""

import threading

import pytest
from sqlalchemy import select

from service.db import Database
from service.errors import Conflict, Invalid, NotFound
from service.models import AuditEntry, Replay, ReplayAct, ReplayState, Site
from service.moderation.actors import Actor
from service.moderation.trials import replay as replays
from service.moderation.trials.replay import Picked
from tests.support.actors import LEA
from tests.support.replays import MILDER, STRICTER, Past

ALL = Picked(act=ReplayAct.APPLY)


def test_the_days_are_bounded_by_how_long_texts_are_kept(past: Past, database: Database, site: Site) -> None:
    with database.write() as session:
        session.get_one(Site, site.id).retention_days = 30
    with pytest.raises(Invalid, match="between 1 and 30 days"), database.write() as session:
        replays.start(session, site.id, 31, by=LEA, default_days=90)


def test_one_replay_of_a_site_is_worked_on_at_a_time(past: Past, database: Database, site: Site) -> None:
    with database.write() as session:
        replays.start(session, site.id, 7, by=LEA, default_days=90)
    with pytest.raises(Conflict, match="Another replay"), database.write() as session:
        replays.start(session, site.id, 7, by=LEA, default_days=90)


def test_a_list_of_an_older_policy_is_not_applied(past: Past, database: Database, site: Site) -> None:
    (comment,) = past.comments([0.25])
    past.activate(STRICTER)
    replay = past.look()
    past.activate(MILDER)
    with pytest.raises(Conflict, match=r"Version 2 of the policy is in force.*version 1") as stale:
        past.order(replay)
    assert stale.value.extra == {"version": 2}
    with pytest.raises(Conflict), database.write() as session:  # a page that shows another list
        replays.apply(session, site.id, replay.id, ALL, by=LEA, based_on=2)
    assert past.statuses([comment]) == ["approved"]


def test_a_replay_is_applied_once_and_undone_once(past: Past) -> None:
    past.comments([0.25])
    past.activate(STRICTER)
    replay = past.look()
    with pytest.raises(Conflict, match="nothing to undo"):
        past.undo(replay)
    with pytest.raises(Invalid, match="at least one"):
        past.order(replay, comments=["0" * 32])
    past.apply(replay)
    with pytest.raises(Conflict, match="applied already"):
        past.order(replay)
    past.undo(replay)
    with pytest.raises(Conflict, match="undone already"):
        past.undo(replay)


def test_another_sites_replay_is_not_found(past: Past, database: Database, other_site: Site) -> None:
    replay = past.look()
    assert replay.state is ReplayState.READY
    for act in (
        lambda session: replays.apply(session, other_site.id, replay.id, ALL, by=LEA, based_on=0),
        lambda session: replays.undo(session, other_site.id, replay.id, by=LEA),
    ):
        with pytest.raises(NotFound), database.write() as session:
            act(session)
    with database.read() as session:
        assert session.get_one(Replay, replay.id).state is ReplayState.READY


def test_an_undoing_waits_for_a_replay_that_is_being_started(past: Past, database: Database) -> None:
    past.comments([0.25])
    past.activate(STRICTER)
    applied = past.apply(past.look())
    refused: list[str] = []

    def undo() -> None:
        try:
            past.undo(applied)
        except Conflict as conflict:
            refused.append(conflict.detail)

    undoing = threading.Thread(target=undo)
    with database.write() as session:
        replays.start(session, past.site.id, 7, by=LEA, default_days=90)
        undoing.start()
        undoing.join(0.5)  # it waits for this transaction
        assert undoing.is_alive()
    undoing.join(10)
    assert refused == ["Another replay of this site is being worked on. Wait until it has ended."]


def test_the_end_of_the_work_is_on_record_under_the_name_of_who_ordered_it(past: Past, database: Database) -> None:
    past.comments([0.25])
    past.activate(STRICTER)
    replay = past.look()
    mia = Actor(kind="moderator", id="m", name="Mia", email="mia@gazette.example")
    noa = Actor(kind="moderator", id="n", name="Noa", email="noa@gazette.example")
    with database.write() as session:
        replays.apply(session, replay.site_id, replay.id, ALL, by=mia, based_on=replay.policy_version)
    past.work()
    with database.write() as session:
        replays.undo(session, replay.site_id, replay.id, by=noa)
    past.work()
    with database.read() as session:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.actor)
            .where(AuditEntry.subject_id == replay.id)
            .order_by(AuditEntry.number)
        )
        assert [tuple(entry) for entry in entries] == [
            ("policy.replay", "m", "Mia <mia@gazette.example>"),
            ("policy.replayed", "m", "Mia <mia@gazette.example>"),
            ("policy.undo_replay", "n", "Noa <noa@gazette.example>"),
            ("policy.replay_undone", "n", "Noa <noa@gazette.example>"),
        ]
