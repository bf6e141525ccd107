"""The list of a replay: what the policy in force would decide otherwise, and never what a person decided."""

import pytest
from sqlalchemy import update

from service.db import Database, database_now
from service.models import Comment, Replay, ReplayState, Site
from service.moderation.erasure import erasing
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.trials import replay as replays
from service.moderation.trials import replay_looking
from service.vocabulary import Verdict
from tests.support.actors import CMS, LEA
from tests.support.comments import moderate
from tests.support.replays import MILDER, STRICTER, Past


def test_what_would_differ_is_listed_by_its_kind(past: Past) -> None:
    low, middle, high, rejected = past.comments([0.05, 0.25, 0.29, 0.95])
    past.activate(STRICTER)
    stricter = past.look()
    assert (stricter.state, stricter.looked, stricter.kinds) == (ReplayState.READY, 4, {"approved>hold": 2})
    assert past.listed(stricter) == {middle: "approved>hold", high: "approved>hold"}
    past.activate(MILDER)
    assert past.listed(past.look()) == {rejected: "rejected>approve"}
    assert past.statuses([low, middle, high, rejected]) == ["approved", "approved", "approved", "rejected"]


def test_a_list_needs_no_second_worker_to_agree_and_pages_leave_nothing_out(past: Past, database: Database) -> None:
    ids = past.comments([0.25] * 7)
    past.activate(STRICTER)
    whole = past.look()
    assert set(past.listed(whole)) == set(ids)
    with database.write() as session:
        session.execute(update(Replay).values(state=ReplayState.READY))
        by_pages = Replay(
            site_id=past.site.id, policy_version=1, days=7, since=database_now(-7 * 86_400), actor_kind="moderator"
        )
        session.add(by_pages)
    pages = 0
    while (row := past.read(by_pages.id)).state is ReplayState.LOOKING:
        with database.read() as session:
            rules = policies.rules_of(session, row.site_id, row.policy_version)
            seen = replay_looking.read(session, row, rules, limit=3)
        rows = replay_looking.differing(seen, rules)
        with database.write() as session:
            assert replay_looking.write(session, row, seen, rows)
        with database.write() as session:  # the same page again, by a worker that was slower
            assert not replay_looking.write(session, row, seen, rows)
        pages += 1
    assert pages == 3
    assert set(past.listed(past.read(by_pages.id))) == set(ids)
    assert past.read(by_pages.id).looked == 7


def test_a_moderators_word_stands(past: Past, database: Database) -> None:
    (confirmed, overturned), undone = past.comments([0.25, 0.25], verdict=Verdict.REJECT), past.comments([0.26])
    moderate(database, past.comment(overturned), Verdict.APPROVE)
    past.activate(STRICTER)
    replay = past.look()
    assert past.listed(replay) == {undone[0]: "approved>hold"}
    assert replay.decided_by_people == 2
    assert past.statuses([confirmed, overturned]) == ["rejected", "approved"]


def test_what_is_erased_held_pending_or_too_old_is_not_listed(past: Past, database: Database, site: Site) -> None:
    erased, old, held = past.comments([0.25, 0.25, 0.4])
    with database.write() as session:
        external_id = session.get_one(Comment, erased).external_id
        erasing.erase_comment(session, site.id, external_id, by=CMS)
        session.execute(update(Comment).where(Comment.id == old).values(received_at=database_now(-8 * 86_400)))
    past.activate(Rules(minimum_length=2_000))  # rejects everything
    replay = past.look()
    assert past.comment(held).status.value == "held"
    assert (past.listed(replay), replay.looked) == ({}, 0)


@pytest.mark.parametrize("rule", ["closed", "pre_moderation"])
def test_what_holds_new_comments_takes_no_published_one_from_readers(past: Past, rule: str) -> None:
    published, toxic, rejected = past.comments([0.01, 0.25, 0.95])
    past.activate(STRICTER.model_copy(update={rule: True}))
    assert past.listed(past.look()) == {toxic: "approved>hold"}
    past.activate(MILDER.model_copy(update={rule: True}))  # a person looks before it is published
    assert past.listed(past.look()) == {rejected: "rejected>hold"}
    assert past.statuses([published]) == ["approved"]


def test_what_is_erased_while_it_is_judged_leaves_nothing_on_the_list(past: Past, database: Database) -> None:
    erased, kept = past.comments([0.25, 0.25])
    past.activate(STRICTER)
    with database.write() as session:
        begun = replays.start(session, past.site.id, 7, by=LEA, default_days=90)
        session.refresh(begun)
    with database.read() as session:
        seen = replay_looking.read(session, begun, STRICTER)
    with database.write() as session:
        erasing.erase_comment(session, past.site.id, session.get_one(Comment, erased).external_id, by=CMS)
    with database.write() as session:
        assert replay_looking.write(session, begun, seen, replay_looking.differing(seen, STRICTER))
    assert past.listed(past.read(begun.id)) == {kept: "approved>hold"}
    assert past.read(begun.id).listed == 1
